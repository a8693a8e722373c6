#include "format/parquet/chunk_writer.h"

#include <algorithm>
#include <bit>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/util/compression.h>
#include <parquet/column_page.h>
#include <parquet/exception.h>

#include "format/parquet/hybrid.h"
#include "format/parquet/value_range.h"
#include "io/compress.h"

namespace datahaul {
namespace {

constexpr int kZstdLevel = 1;
constexpr uint32_t kMostEntries = 1 << 20;  // in a page, but for the rest of a row

std::shared_ptr<arrow::Buffer> ViewOf(std::string_view bytes) {
  return std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(bytes.data()),
                                         static_cast<int64_t>(bytes.size()));
}

// Entries after which is looked whether a page is full: few where texts are large.
uint32_t StepOf(const ColumnStore& leaf, size_t page_bytes) {
  constexpr size_t kMost = 64;
  if (leaf.present() == 0) return kMost;
  return static_cast<uint32_t>(
      std::clamp<size_t>(page_bytes / 16 / (leaf.data().size() / leaf.present() + 1), 1, kMost));
}

}  // namespace

int64_t ChunkWriter::Write(const ColumnStore& leaf, const Levels& levels, const Target& target) {
  const auto pages = parquet::PageWriter::Open(target.file, parquet::Compression::ZSTD, target.metadata, -1, -1,
                                               arrow::system_memory_pool(), false, nullptr, nullptr,
                                               /*page_write_checksum_enabled=*/true, target.ranges, target.places,
                                               arrow::util::CodecOptions(kZstdLevel));
  by_index_ = leaf.form() != StoreForm::kBits && dictionary_.Build(leaf);
  const Page all = {.entries = levels.size, .values = leaf.present(), .bytes = leaf.data().size()};
  parquet::EncodedStatistics statistics = StatisticsOf(leaf, all);
  statistics.set_is_signed(target.metadata->descr()->sort_order() == parquet::SortOrder::SIGNED);
  target.metadata->SetStatistics(statistics);
  int64_t size = by_index_ ? WriteDictionary(pages.get()) : 0;
  Page page;
  do {
    page = NextPage(leaf, levels, page);
    const bool only = page.entries == levels.size;
    size += WritePage(leaf, levels, page, only ? statistics : StatisticsOf(leaf, page), pages.get());
  } while (page.entry + page.entries < levels.size);
  pages->Close(/*has_dictionary=*/by_index_, /*fallback=*/false);
  for (ByteBuffer* const buffer : {&plain_, &compressed_}) {
    if (buffer->capacity() > 4 * kPageBytes) buffer->Reset();
  }
  return size;
}

ChunkWriter::Page ChunkWriter::NextPage(const ColumnStore& leaf, const Levels& levels, const Page& last) const {
  const uint32_t step = StepOf(leaf, page_bytes_);
  Page page = {.entry = last.entry + last.entries,
               .value = last.value + last.values,
               .byte = last.byte + last.bytes,
               .row = last.row + last.rows};
  uint32_t end = page.entry;
  for (size_t bytes = 0; end < levels.size && bytes < page_bytes_ && end - page.entry < kMostEntries;) {
    const uint32_t begin = end;
    end += std::min(step, levels.size - end);
    while (end < levels.size && !levels.repetitions.empty() && levels.repetitions[end] != 0) ++end;
    uint32_t values = levels.common == levels.definition ? end - begin : 0;
    if (!levels.definitions.empty()) {
      const auto definitions = std::span(levels.definitions).subspan(begin, end - begin);
      values = static_cast<uint32_t>(std::count(definitions.begin(), definitions.end(), levels.definition));
    }
    bytes = AddValues(leaf, values, &page);
  }
  page.entries = page.rows = end - page.entry;
  if (!levels.repetitions.empty()) {
    const auto repetitions = std::span(levels.repetitions).subspan(page.entry, page.entries);
    page.rows = static_cast<uint32_t>(std::count(repetitions.begin(), repetitions.end(), 0));
  }
  return page;
}

size_t ChunkWriter::AddValues(const ColumnStore& leaf, uint32_t count, Page* page) const {
  page->values += count;
  if (by_index_) return page->values * sizeof(uint32_t);
  if (leaf.form() == StoreForm::kBits) return page->values / 8;
  if (leaf.form() == StoreForm::kWords) return page->values * sizeof(uint64_t);
  const uint8_t* const begin = leaf.data().data() + page->byte;
  for (; count > 0; --count) page->bytes += sizeof(uint32_t) + TextAt(begin + page->bytes).size();
  return page->bytes;
}

int64_t ChunkWriter::WriteDictionary(parquet::PageWriter* pages) const {
  return pages->WriteDictionaryPage(parquet::DictionaryPage(
      ViewOf(dictionary_.values()), static_cast<int32_t>(dictionary_.size()), parquet::Encoding::PLAIN));
}

int64_t ChunkWriter::WritePage(const ColumnStore& leaf, const Levels& levels, const Page& page,
                               const parquet::EncodedStatistics& statistics, parquet::PageWriter* pages) {
  plain_.clear();
  if (levels.repetition != 0) AppendLevels(levels.repetitions, 0, levels.repetition, page);
  AppendLevels(levels.definitions, levels.common, levels.definition, page);
  AppendValues(leaf, page);
  compressed_.clear();
  const absl::Status compressed = CompressMember(Compression::kZstd, kZstdLevel, plain_.view(), &compressed_);
  if (absl::IsResourceExhausted(compressed)) throw std::bad_alloc();
  if (!compressed.ok()) throw parquet::ParquetException(std::string(compressed.message()));
  return pages->WriteDataPage(parquet::DataPageV1(
      ViewOf(compressed_.view()), static_cast<int32_t>(page.entries),
      by_index_ ? parquet::Encoding::RLE_DICTIONARY : parquet::Encoding::PLAIN, parquet::Encoding::RLE,
      parquet::Encoding::RLE, static_cast<int64_t>(plain_.size()), statistics, int64_t{page.row}));
}

parquet::EncodedStatistics ChunkWriter::StatisticsOf(const ColumnStore& leaf, const Page& page) {
  std::string_view values;
  if (by_index_ && page.values == leaf.present()) {
    values = dictionary_.values();
  } else if (by_index_) {
    used_.clear();
    dictionary_.AppendValuesOf(dictionary_.indices().subspan(page.value, page.values), &used_);
    values = used_.view();
  } else if (leaf.form() != StoreForm::kBits) {
    values = PlainValues(leaf, page);
  }
  parquet::EncodedStatistics statistics;
  statistics.set_null_count(page.entries - page.values);
  statistics.all_null_value = page.values == 0;
  const std::optional<ValueRange> range = RangeOf(leaf, page.value, page.values, values);
  if (!range.has_value()) return statistics;
  statistics.set_min(range->least).set_max(range->greatest);
  statistics.is_min_value_exact = statistics.is_max_value_exact = true;
  return statistics;
}

void ChunkWriter::AppendLevels(const std::vector<uint16_t>& levels, uint16_t common, uint16_t highest,
                               const Page& page) {
  const int width = std::bit_width(unsigned{highest});
  const size_t head = plain_.size();
  plain_.Reserve(sizeof(uint32_t));
  plain_.Advance(sizeof(uint32_t));
  if (levels.empty()) {
    AppendRun(common, page.entries, width, &plain_);
  } else {
    AppendHybrid(std::span(levels).subspan(page.entry, page.entries), width, &plain_);
  }
  StoreLE(plain_.data() + head, static_cast<uint32_t>(plain_.size() - head - sizeof(uint32_t)));
}

void ChunkWriter::AppendValues(const ColumnStore& leaf, const Page& page) {
  if (by_index_) {
    const int width = dictionary_.width();
    plain_.Append(std::string_view(reinterpret_cast<const char*>(&width), 1));
    return AppendHybrid(dictionary_.indices().subspan(page.value, page.values), width, &plain_);
  }
  if (leaf.form() == StoreForm::kBits) return leaf.bits().AppendTo(page.value, page.values, &plain_);
  plain_.Append(PlainValues(leaf, page));
}

std::string_view ChunkWriter::PlainValues(const ColumnStore& leaf, const Page& page) {
  const std::string_view all(reinterpret_cast<const char*>(leaf.data().data()), leaf.data().size());
  if (leaf.form() == StoreForm::kTexts) return all.substr(page.byte, page.bytes);
  return all.substr(page.value * sizeof(uint64_t), page.values * sizeof(uint64_t));
}

}  // namespace datahaul

#ifndef DATAHAUL_FORMAT_PARQUET_CHUNK_WRITER_H_
#define DATAHAUL_FORMAT_PARQUET_CHUNK_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <arrow/io/type_fwd.h>
#include <parquet/column_writer.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/statistics.h>

#include "base/bytes.h"
#include "format/parquet/column_store.h"
#include "format/parquet/levels.h"
#include "format/parquet/value_dictionary.h"

namespace datahaul {

// Writes the values of leaves as Parquet's column chunks: data pages of version 1, zstd, a dictionary where it is worth
// its while, statistics of the chunk and of each page (for indexes of pages), a checksum of each page. Stores keep
// values as pages have them, so that they are copied but once; heads of pages and metadata are Arrow's. Keeps its
// memory for the next chunk. Not safe for concurrent use.
class ChunkWriter {
 public:
  // Of values (or indices into a dictionary), in a page; it also ends after a million entries. Pages end with a row, so
  // that they may have more.
  static constexpr size_t kPageBytes = 1 << 20;

  explicit ChunkWriter(size_t page_bytes = kPageBytes) : page_bytes_(page_bytes) {}

  // Where a chunk goes, and what Arrow is to be told about it.
  struct Target {
    std::shared_ptr<arrow::io::OutputStream> file;
    parquet::ColumnChunkMetaDataBuilder* metadata;
    parquet::ColumnIndexBuilder* ranges;
    parquet::OffsetIndexBuilder* places;
  };
  // `levels` are those of PresentLevels(…, leaf). Returns the chunk's size without compression. Throws
  // parquet::ParquetException, std::bad_alloc.
  int64_t Write(const ColumnStore& leaf, const Levels& levels, const Target& target);

 private:
  // Entries, the rows that they are, and the values of those that are open.
  struct Page {
    uint32_t entry = 0, entries = 0;
    uint32_t value = 0, values = 0;
    size_t byte = 0, bytes = 0;  // of texts, with their sizes
    uint32_t row = 0, rows = 0;
  };
  // What follows `last`.
  Page NextPage(const ColumnStore& leaf, const Levels& levels, const Page& last) const;
  // Returns the page's bytes then.
  size_t AddValues(const ColumnStore& leaf, uint32_t count, Page* page) const;
  int64_t WriteDictionary(parquet::PageWriter* pages) const;
  int64_t WritePage(const ColumnStore& leaf, const Levels& levels, const Page& page,
                    const parquet::EncodedStatistics& statistics, parquet::PageWriter* pages);
  parquet::EncodedStatistics StatisticsOf(const ColumnStore& leaf, const Page& page);
  // `common` is the level of all entries where there are none.
  void AppendLevels(const std::vector<uint16_t>& levels, uint16_t common, uint16_t highest, const Page& page);
  void AppendValues(const ColumnStore& leaf, const Page& page);
  // The values of words and texts, as they are in the store.
  static std::string_view PlainValues(const ColumnStore& leaf, const Page& page);

  const size_t page_bytes_;
  ValueDictionary dictionary_;
  bool by_index_ = false;  // pages hold indices into the dictionary
  ByteBuffer plain_, compressed_;
  ByteBuffer used_;  // values of a dictionary that a page has
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_CHUNK_WRITER_H_

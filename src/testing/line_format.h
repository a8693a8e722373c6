#ifndef DATAHAUL_TESTING_LINE_FORMAT_H_
#define DATAHAUL_TESTING_LINE_FORMAT_H_

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/text.h"
#include "model/format.h"

namespace datahaul {

// The simplest format: a line "NAMESPACE|KIND|NAME" for each record, no properties. Splittable at any byte.
class LineFormat : public Format {
 public:
  explicit LineFormat(uint64_t split_unit = 1)
      : traits_{.name = "line",
                .suffix = ".ndjson",
                .splittable = true,
                .split_unit = split_unit,
                .concatenable = true,
                .lossless = true,
                .readable = true} {}

  const FormatTraits& traits() const override { return traits_; }
  absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const ByteReader* reader, ByteRange range, uint64_t resume,
                                                      const DecodeOptions& options) const override {
    return std::make_unique<LineDecoder>(reader, range, resume, options.batch_bytes);
  }
  std::unique_ptr<Encoder> NewEncoder(const EncodeOptions&) const override { return std::make_unique<LineEncoder>(); }

 private:
  class LineEncoder : public Encoder {
   public:
    absl::Status Append(const Record& record, ByteBuffer* out, Hash128* hash) override {
      *hash = {};
      ++records_;
      out->Append(
          StrCat(record.key->ns, "|", record.key->kind(), "|", record.key->path[record.key->size - 1].name, "\n"));
      return absl::OkStatus();
    }
    void AddCounters(Counters* counters) const override { counters->named["lines"] += records_; }

   private:
    uint64_t records_ = 0;
  };

  class LineDecoder : public Decoder {
   public:
    LineDecoder(const ByteReader* reader, ByteRange range, uint64_t resume, uint64_t batch_bytes)
        : reader_(reader),
          range_(range),
          next_(resume),
          batch_bytes_(batch_bytes),
          whole_(resume > range.begin || resume == 0) {}

    absl::Status Read(RecordBatch* batch) override {
      batch->Clear();
      const uint64_t before = next_;
      if (!whole_) {
        --next_;  // the line that the byte before the range belongs to is another's
        if (auto skipped = Line(batch); !skipped.ok()) return skipped.status();
        whole_ = true;
      }
      while (next_ < range_.end && next_ - before < batch_bytes_) {
        const absl::StatusOr<std::string_view> line = Line(batch);
        if (!line.ok()) return line.status();
        if (line->empty()) break;
        Add(*line, batch);
      }
      batch->cursor = StrCat(next_);
      batch->input_bytes = batch->empty() ? 0 : next_ - before;
      return absl::OkStatus();
    }

   private:
    // With its line feed; "" at the end.
    absl::StatusOr<std::string_view> Line(RecordBatch* batch) {
      std::string line;
      for (char buffer[64];;) {
        absl::StatusOr<size_t> got = reader_->ReadAt(next_ + line.size(), buffer, sizeof buffer);
        if (!got.ok()) return got.status();
        if (*got == 0) break;
        const std::string_view text(buffer, *got);
        const size_t end = text.find('\n');
        line += text.substr(0, end == text.npos ? end : end + 1);
        if (end != text.npos) break;
      }
      next_ += line.size();
      return batch->arena.CopyString(line);
    }
    void Add(std::string_view line, RecordBatch* batch) {
      const size_t first = line.find('|'), second = line.find('|', first + 1);
      auto* element = batch->arena.New<PathElement>();
      element->kind = line.substr(first + 1, second - first - 1);
      element->name = line.substr(second + 1, line.size() - second - 2);
      element->id = PathElement::Id::kName;
      auto* key = batch->arena.New<Key>();
      key->ns = line.substr(0, first);
      key->path = element;
      key->size = 1;
      batch->records.emplace_back().key = key;
    }

    const ByteReader* const reader_;
    const ByteRange range_;
    uint64_t next_;
    const uint64_t batch_bytes_;
    bool whole_;  // next_ is the beginning of a line
  };

  const FormatTraits traits_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_LINE_FORMAT_H_

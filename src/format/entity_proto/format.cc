#include "format/entity_proto/format.h"

#include <memory>

#include "base/status.h"
#include "base/text.h"
#include "format/entity_proto/entity_decoder.h"
#include "format/entity_proto/log_reader.h"

namespace datahaul {
namespace {

class LogDecoder final : public Decoder {
 public:
  LogDecoder(const ByteReader* reader, ByteRange range, uint64_t resume, const DecodeOptions& options)
      : reader_(reader), options_(options), log_(reader, range, resume, options.skip_corrupt) {}

  absl::Status Read(RecordBatch* batch) override {
    batch->Clear();
    const uint64_t before = log_.position();
    DH_RETURN_IF_ERROR(log_.Read(options_.batch_bytes, &batch->bytes, &batch->arena, &pieces_, &batch->lost));
    batch->shapes = entities_.shapes();
    for (const LogRecord& piece : pieces_) {
      batch->payload_bytes += piece.bytes.size();
      Decode(piece, batch);
    }
    batch->cursor = StrCat(log_.position());
    batch->input_bytes = log_.position() - before;
    return absl::OkStatus();
  }

 private:
  void Decode(const LogRecord& piece, RecordBatch* batch) {
    Record& record = batch->records.emplace_back();
    if (entities_.Decode(piece.bytes, &batch->arena, &record)) {
      record.offset = piece.offset;
      return;
    }
    batch->records.pop_back();
    Reject& reject = batch->rejects.emplace_back();
    reject.object = reader_->uri();
    reject.offset = piece.offset;
    reject.reason = StrCat("reading ", reader_->uri(), ", record at byte ", piece.offset, ", ", entities_.error());
    reject.Keep(piece.bytes);
  }

  const ByteReader* const reader_;
  const DecodeOptions options_;
  LogReader log_;
  EntityDecoder entities_;
  std::vector<LogRecord> pieces_;
};

class EntityProtoFormat final : public Format {
 public:
  const FormatTraits& traits() const override {
    static constexpr FormatTraits kTraits{.name = "entity-proto",
                                          .suffix = "",
                                          .splittable = true,
                                          .split_unit = kLogBlock,
                                          .concatenable = false,
                                          .lossless = true,
                                          .readable = true};
    return kTraits;
  }
  absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const ByteReader* reader, ByteRange range, uint64_t resume,
                                                      const DecodeOptions& options) const override {
    return std::make_unique<LogDecoder>(reader, range, resume, options);
  }
  std::unique_ptr<Encoder> NewEncoder(const EncodeOptions&) const override { return nullptr; }
};

}  // namespace

const Format& EntityProto() {
  static const EntityProtoFormat format;
  return format;
}

}  // namespace datahaul

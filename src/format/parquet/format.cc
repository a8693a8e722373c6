#include "format/parquet/format.h"

#include <memory>
#include <string>
#include <string_view>

#include "format/parquet/chunk_writer.h"
#include "format/parquet/decoder.h"
#include "format/parquet/encoder.h"
#include "format/parquet/kind_file.h"

namespace datahaul {
namespace {

class ParquetFormat final : public Format {
 public:
  const FormatTraits& traits() const override {
    static constexpr FormatTraits kTraits = {
        .name = "parquet", .suffix = ".parquet", .readable = true, .needs_schema = true};
    return kTraits;
  }
  absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const ByteReader* reader, ByteRange, uint64_t resume,
                                                      const DecodeOptions& options) const override {
    return ParquetDecoder::Open(reader, resume, options);
  }
  std::unique_ptr<Encoder> NewEncoder(const EncodeOptions& options) const override {
    return std::make_unique<ParquetEncoder>(options);
  }
  // Without memory for it, the object stays empty, which no reader takes for a table.
  void Prologue(std::string_view ns, std::string_view kind, const EncodeOptions& options,
                ByteBuffer* out) const override {
    const KindSchema* const columns = options.schema->Find(ns, kind);
    if (columns == nullptr) return;
    const size_t before = out->size();
    ChunkWriter chunks;
    KindFile file(KindName{std::string(ns), std::string(kind)}, columns, &chunks);
    if (!file.Finish(out).ok()) out->resize(before);
  }
};

}  // namespace

const Format& Parquet() {
  static const ParquetFormat format;
  return format;
}

}  // namespace datahaul

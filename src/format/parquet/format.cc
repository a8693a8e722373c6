#include "format/parquet/format.h"

#include <memory>

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
};

}  // namespace

const Format& Parquet() {
  static const ParquetFormat format;
  return format;
}

}  // namespace datahaul

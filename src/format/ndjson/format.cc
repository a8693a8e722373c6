#include "format/ndjson/format.h"

#include <memory>

#include "base/status.h"
#include "base/text.h"
#include "format/ndjson/plain_encoder.h"
#include "format/ndjson/typed_decoder.h"
#include "format/ndjson/typed_encoder.h"

namespace datahaul {
namespace {

class TypedNdjsonFormat final : public Format {
 public:
  const FormatTraits& traits() const override {
    static constexpr FormatTraits kTraits = {.name = "typed-ndjson",
                                             .suffix = ".typed.ndjson",
                                             .splittable = true,
                                             .concatenable = true,
                                             .lossless = true,
                                             .readable = true};
    return kTraits;
  }
  absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const ByteReader* reader, ByteRange range, uint64_t resume,
                                                      const DecodeOptions& options) const override {
    return std::make_unique<TypedDecoder>(reader, resume, range.end, options);
  }
  std::unique_ptr<Encoder> NewEncoder(const EncodeOptions& options) const override {
    return std::make_unique<TypedEncoder>(options);
  }
};

class PlainNdjsonFormat final : public Format {
 public:
  const FormatTraits& traits() const override {
    static constexpr FormatTraits kTraits = {.name = "ndjson", .suffix = ".ndjson", .concatenable = true};
    return kTraits;
  }
  absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const ByteReader* reader, ByteRange, uint64_t,
                                                      const DecodeOptions&) const override {
    return UsageError(StrCat("reading ", reader->uri(),
                             ": plain NDJSON does not hold enough to be read back; write typed-ndjson for that"));
  }
  std::unique_ptr<Encoder> NewEncoder(const EncodeOptions&) const override { return std::make_unique<PlainEncoder>(); }
};

}  // namespace

const Format& TypedNdjson() {
  static const TypedNdjsonFormat format;
  return format;
}

const Format& PlainNdjson() {
  static const PlainNdjsonFormat format;
  return format;
}

}  // namespace datahaul

// Typed NDJSON: the lossless text form. docs/formats/typed_ndjson.md specifies it.
#ifndef DATAHAUL_FORMAT_NDJSON_TYPED_ENCODER_H_
#define DATAHAUL_FORMAT_NDJSON_TYPED_ENCODER_H_

#include <string_view>

#include "format/ndjson/double_texts.h"
#include "format/ndjson/shape_texts.h"
#include "model/format.h"

namespace datahaul {

class TypedEncoder final : public Encoder {
 public:
  // `doubles`, if given, must outlive it: for who writes the same numbers again.
  explicit TypedEncoder(const EncodeOptions& options, DoubleTexts* doubles = nullptr)
      : options_(options), doubles_(doubles) {}
  absl::Status Append(const Record& record, ByteBuffer* out, Hash128* hash) override;
  // Returns whether all strings in it are UTF-8.
  bool AppendLine(const Record& record, ByteBuffer* out);

  // {"database":…,"namespace":…,"path":…} alone, as verify and the keys index name records.
  void AppendKey(const Key& key, ByteBuffer* out);

 private:
  Hash128 HashWithoutApps(const Record& record);

  EncodeOptions options_;
  DoubleTexts* const doubles_;
  ShapeTexts texts_{JsonQuotes::kOnce, ":{"};
  ByteBuffer scratch_;  // with full keys: the line that is hashed
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_TYPED_ENCODER_H_

// Plain NDJSON: for people, jq and warehouses. docs/formats/plain_ndjson.md specifies it.
#ifndef DATAHAUL_FORMAT_NDJSON_PLAIN_ENCODER_H_
#define DATAHAUL_FORMAT_NDJSON_PLAIN_ENCODER_H_

#include <cstdint>

#include "format/ndjson/plain_value.h"
#include "format/ndjson/record_hasher.h"
#include "model/format.h"

namespace datahaul {

// Writes every record; what ordinary JSON can't hold is written as near as it gets, and counted: "non_finite",
// "invalid_utf8", "timestamps_out_of_range", "renamed_key_properties", "not_expressible".
class PlainEncoder final : public Encoder {
 public:
  absl::Status Append(const Record& record, ByteBuffer* out, Hash128* hash) override;
  void AddCounters(Counters* counters) const override;

 private:
  RecordHasher hasher_;
  PlainValueWriter writer_{&hasher_};
  uint64_t not_expressible_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_PLAIN_ENCODER_H_

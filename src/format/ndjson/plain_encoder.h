// Plain NDJSON: for people, jq and warehouses. docs/formats/plain_ndjson.md specifies it.
#ifndef DATAHAUL_FORMAT_NDJSON_PLAIN_ENCODER_H_
#define DATAHAUL_FORMAT_NDJSON_PLAIN_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
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
  void AppendKey(const Key& key);
  void AppendFields(const Map& map, bool first);
  void AppendFieldName(std::string_view name);
  void AppendValue(const Value& value);
  void AppendArray(const Value& value);
  void AppendMap(const Map& map);
  void AppendGeoPoint(const GeoPoint& point);
  void AppendUser(const User& user);
  void AppendUserMember(std::string_view name, std::string_view text, bool* first);
  void AppendReference(const Key& key);
  void AppendTimestamp(Micros time);
  void AppendDouble(double number);
  void AppendInt(int64_t number);
  void AppendString(std::string_view text);
  void AppendBase64(std::string_view bytes);
  // Sets *high if there are bytes above 0x7f, so that the text may not be UTF-8.
  void AppendQuoted(std::string_view text, bool* high);

  RecordHasher hasher_;
  ByteBuffer* out_ = nullptr;  // while a record is being appended
  uint64_t non_finite_ = 0;
  uint64_t invalid_utf8_ = 0;
  uint64_t timestamps_out_of_range_ = 0;
  uint64_t renamed_key_properties_ = 0;
  uint64_t not_expressible_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_PLAIN_ENCODER_H_

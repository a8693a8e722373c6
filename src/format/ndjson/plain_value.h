// Values as plain NDJSON writes them: docs/formats/plain_ndjson.md. Also the nested form of tables.
#ifndef DATAHAUL_FORMAT_NDJSON_PLAIN_VALUE_H_
#define DATAHAUL_FORMAT_NDJSON_PLAIN_VALUE_H_

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "model/receipt.h"
#include "model/value.h"

namespace datahaul {

// A property that would be taken for the key: __key__, or what one becomes when renamed. In JSON it has one underscore
// more.
bool CollidesWithKey(std::string_view name);

// Appends JSON text. What ordinary JSON can't hold is written as near as it gets, and counted. Not safe for concurrent
// use.
class PlainValueWriter {
 public:
  void AppendValue(const Value& value, ByteBuffer* out) {
    out_ = out;
    PutValue(value);
  }
  // {"namespace":…,"kind":…,…}
  void AppendKey(const Key& key, ByteBuffer* out) {
    out_ = out;
    PutKey(key);
  }
  // "name":value,… of all fields, with a comma before each but a `first` one.
  void AppendFields(const Map& map, bool first, ByteBuffer* out) {
    out_ = out;
    PutFields(map, first);
  }
  // "name": as AppendFields writes it.
  void AppendFieldName(std::string_view name, ByteBuffer* out) {
    out_ = out;
    PutFieldName(name);
  }

  // "non_finite", "invalid_utf8", "timestamps_out_of_range", "renamed_key_properties": those that are not 0.
  void AddCounters(Counters* counters) const;

 private:
  void PutKey(const Key& key);
  void PutFields(const Map& map, bool first);
  void PutFieldName(std::string_view name);
  void PutValue(const Value& value);
  void PutArray(const Value& value);
  void PutMap(const Map& map);
  void PutGeoPoint(const GeoPoint& point);
  void PutUser(const User& user);
  void PutUserMember(std::string_view name, std::string_view text, bool* first);
  void PutReference(const Key& key);
  void PutTimestamp(Micros time);
  void PutDouble(double number);
  void PutInt(int64_t number);
  void PutString(std::string_view text);
  void PutBase64(std::string_view bytes);
  // Sets *high if there are bytes above 0x7f, so that the text may not be UTF-8.
  void PutQuoted(std::string_view text, bool* high);

  ByteBuffer* out_ = nullptr;  // of the call at work
  uint64_t non_finite_ = 0;
  uint64_t invalid_utf8_ = 0;
  uint64_t timestamps_out_of_range_ = 0;
  uint64_t renamed_key_properties_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_PLAIN_VALUE_H_

// Values as plain NDJSON writes them: docs/formats/plain_ndjson.md. Also the nested form of tables.
#ifndef DATAHAUL_FORMAT_NDJSON_PLAIN_VALUE_H_
#define DATAHAUL_FORMAT_NDJSON_PLAIN_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/buffer_room.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "format/ndjson/json_text.h"
#include "format/ndjson/record_hasher.h"
#include "format/ndjson/shape_texts.h"
#include "model/receipt.h"
#include "model/record.h"
#include "model/value.h"

namespace datahaul {

// A property that would be taken for the key: __key__, or what one becomes when renamed. In JSON it has one underscore
// more.
bool CollidesWithKey(std::string_view name);

// What ordinary JSON can't hold, and was written as near as it gets.
struct PlainLosses {
  uint64_t non_finite = 0;
  uint64_t invalid_utf8 = 0;
  uint64_t timestamps_out_of_range = 0;
  uint64_t renamed_key_properties = 0;

  void AddCounters(Counters* counters) const;  // under these names, those that are not 0
};

// The texts before the values of maps in plain JSON.
inline ShapeTexts PlainNames(JsonQuotes quotes) { return {quotes, ":", CollidesWithKey}; }

// Writes JSON at a position in a buffer. Each call needs kNeed bytes of room there, and returns the new position with
// kLeave of room. Not safe for concurrent use.
template <JsonQuotes kQuotes>
class PlainText {
 public:
  static constexpr size_t kNeed = 64, kLeave = 128;

  // All must outlive it; `names` are PlainNames(kQuotes), and `hasher` hashed the record that the
  // values are of, if it hashed any.
  PlainText(BufferRoom* room, ShapeTexts* names, PlainLosses* losses, RecordHasher* hasher)
      : room_(*room), names_(*names), losses_(*losses), hasher_(*hasher) {}

  char* WriteValue(char* p, const Value& value);
  // {"namespace":…,"kind":…,…}
  char* WriteKey(char* p, const Key& key);
  // {"name":value,…} of a map's fields alone.
  char* WriteFields(char* p, const Map& map);
  // "name":value,… with a comma behind each.
  char* WriteMembers(char* p, const Map& map);
  // "name": of the i-th field in stored order; `texts` is what names->Of() has for the map.
  char* WriteName(char* p, const ShapeTexts::Text* texts, const Map& map, uint32_t i) {
    if (texts != nullptr && texts[i].size != ShapeTexts::Text::kTooLong) [[likely]]
      return texts[i].WriteTo(p);
    return WriteName(p, map.fields[i].name);
  }
  char* WriteName(char* p, std::string_view name);

 private:
  char* WriteArray(char* p, const Value& value);
  char* WriteMap(char* p, const Map& map);
  char* WriteGeoPoint(char* p, const GeoPoint& point);
  char* WriteUser(char* p, const User& user);
  char* WriteTime(char* p, Micros time);
  char* WriteDouble(char* p, double number);
  char* WriteString(char* p, std::string_view text);
  char* WriteLongString(char* p, std::string_view text);
  char* WriteBase64(char* p, std::string_view bytes);
  char* WriteEscapedPieces(char* p, std::string_view text, bool* high);

  BufferRoom& room_;
  ShapeTexts& names_;
  PlainLosses& losses_;
  RecordHasher& hasher_;
};

// Appends JSON text, and counts what that lost. Not safe for concurrent use.
class PlainValueWriter {
 public:
  // `hasher` must outlive it. If it has hashed any record, its last one must be that which is written.
  explicit PlainValueWriter(RecordHasher* hasher) : hasher_(*hasher) {}

  void AppendValue(const Value& value, ByteBuffer* out);
  // {"__key__":{…},"name":value,…} of a record's key and properties; a deletion has the member "__deleted__" instead.
  void AppendRecord(const Record& record, ByteBuffer* out);

  void AddCounters(Counters* counters) const { losses_.AddCounters(counters); }

 private:
  ShapeTexts names_ = PlainNames(JsonQuotes::kOnce);
  PlainLosses losses_;
  RecordHasher& hasher_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_PLAIN_VALUE_H_

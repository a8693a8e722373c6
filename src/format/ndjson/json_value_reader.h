// JSON text back into a value: the nested form of tables.
#ifndef DATAHAUL_FORMAT_NDJSON_JSON_VALUE_READER_H_
#define DATAHAUL_FORMAT_NDJSON_JSON_VALUE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/ndjson/json_cursor.h"
#include "format/ndjson/json_index.h"
#include "model/arena.h"
#include "model/field_order.h"
#include "model/schema.h"
#include "model/value.h"

namespace datahaul {

// Reads what PlainValueWriter wrote; a variant is an object with one member, named as its column. A kJson column tells
// no types: there a value becomes what its JSON says: null, boolean, string, list, map (with its key), an integer where
// a number has neither point nor exponent and fits int64, else a double. Everywhere else the column's own type is read
// back exactly. Values get the column's marks (indexed, meaning); a map's members that are null are absent, unless the
// column is kJson. Not safe for concurrent use.
class JsonValueReader {
 public:
  struct Problem {
    std::string field;  // "zip", "tags[2]", within the value; "" for the value itself
    std::string expected;
    std::string found;
  };

  static constexpr int kDeepest = 100;  // levels of maps

  // The value is in `arena` alone. False if `text` is not one JSON value that fits `column`; problem() then says why.
  bool Read(std::string_view text, const Column& column, Arena* arena, Value* value);

  const Problem& problem() const { return problem_; }

 private:
  bool ReadValue(const Column& column, Value* value);
  bool ReadPlain(const Column& column, Value* value);
  bool ReadBool(Value* value);
  bool ReadDouble(double* value);
  bool ReadNumber(Value* value);
  bool ReadTimestamp(int64_t* value);
  bool ReadBase64(Value* value);
  bool ReadReference(Value* value);
  bool ReadDegrees(double* value);
  bool ReadGeoPoint(Value* value);
  bool ReadUser(Value* value);
  bool ReadList(const Column& element, Value* value);
  bool ReadStruct(const Column& column, Value* value);
  bool ReadMember(const Column& column, std::string_view name, Map* map);
  bool ReadKey(const Key** key);
  bool ReadVariant(const Column& column, Value* value);
  bool ReadMap(const Column& column, Value* value);
  bool FinishMap(size_t first, Map* map, Value* value);
  bool ReadText(Value* value);
  bool ReadString(std::string_view* text);

  template <typename OnMember>
  bool ReadObject(std::string_view what, OnMember on_member);
  template <typename OnItem>
  bool ReadArray(OnItem on_item);

  // Each records a problem and returns false.
  bool Expected(std::string_view what);  // and found the next token
  bool Wrong(std::string_view expected, std::string_view found);
  bool Inside(std::string_view field);
  bool Inside(size_t index);

  JsonIndex index_;
  JsonCursor cursor_;
  Arena* arena_ = nullptr;
  size_t end_ = 0;  // of the text
  int depth_ = 0;
  Problem problem_;
  FieldOrder order_;
  // Stacks, as maps and lists nest.
  std::vector<Field> fields_;
  std::vector<Value> items_;
};

// The name of the property or map's field that PlainValueWriter wrote as `name`.
std::string_view FieldOfMember(std::string_view name);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_JSON_VALUE_READER_H_

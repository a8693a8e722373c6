// JSON text back into a value: the nested form of tables.
#ifndef DATAHAUL_FORMAT_NDJSON_JSON_VALUE_READER_H_
#define DATAHAUL_FORMAT_NDJSON_JSON_VALUE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/ndjson/json_index.h"
#include "format/ndjson/json_walk.h"
#include "model/arena.h"
#include "model/schema.h"
#include "model/value.h"

namespace datahaul {

// Reads what PlainValueWriter wrote; a variant is an object with one member, named as its column. A kJson column tells
// no types: there a value becomes what its JSON says: null, boolean, string, list, map (with its key), an integer where
// a number has neither point nor exponent and fits int64, else a double. Everywhere else the column's own type is read
// back exactly. Values get the column's marks (indexed, meaning); a map's members that are null are absent, unless the
// column is kJson. Not safe for concurrent use.
class JsonValueReader : private JsonWalk {
 public:
  using JsonWalk::kDeepest, JsonWalk::Problem, JsonWalk::problem;

  // The value is in `arena` alone. False if `text` is not one JSON value that fits `column`; problem() then says why.
  bool Read(std::string_view text, const Column& column, Arena* arena, Value* value);

 private:
  bool ReadValue(const Column& column, Value* value);
  bool ReadPlain(const Column& column, Value* value);
  bool ReadNumber(Value* value);
  bool ReadTimestamp(int64_t* value);
  bool ReadBytes(Value* value);
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
  template <typename OnMember>
  bool ReadFields(Value* value, OnMember on_member);

  JsonIndex index_;
};

// The name of the property or map's field that PlainValueWriter wrote as `name`.
std::string_view FieldOfMember(std::string_view name);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_JSON_VALUE_READER_H_

// One line of typed NDJSON into one record. The form is specified in docs/formats/typed_ndjson.md.
#ifndef DATAHAUL_FORMAT_NDJSON_TYPED_RECORD_PARSER_H_
#define DATAHAUL_FORMAT_NDJSON_TYPED_RECORD_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/ndjson/json_cursor.h"
#include "format/ndjson/value_form.h"
#include "model/arena.h"
#include "model/field_order.h"
#include "model/record.h"
#include "model/value.h"

namespace datahaul {

// Strict about what is said, not about how: members may come in any order, white space anywhere, and numbers in any
// spelling; but nothing may be unknown, missing, said twice, or of another type or range. Not safe for concurrent use.
class TypedRecordParser {
 public:
  struct Problem {
    std::string field;  // "address.zip", "tags[2]"; "" outside the properties
    std::string expected;
    std::string found;
  };

  static constexpr int kDeepest = 100;  // levels of maps within a record (an array lies in a map, never in an array)

  // Lines that Parse() takes one by one; see JsonCursor::Start. Records point into `text` and `arena`.
  void Start(std::string_view text, const uint32_t* tokens, Arena* arena);

  // Parses the next line, which ends at `line_end` in the text, and moves behind it. If false, problem() says why, and
  // record->key is set if it could be read.
  bool Parse(size_t line_end, Record* record);

  const Problem& problem() const { return problem_; }

 private:
  bool ParseRecord(Record* record);
  bool ParseRecordMember(std::string_view name, uint32_t* seen, Record* record);
  bool ParseOp(Op* op);
  bool CheckRecord(uint32_t seen, const Record& record);

  bool ParseKey(const Key** key);
  bool ParsePath(Key* key);
  bool ParsePathElement(PathElement* element);

  bool ParseFields(Map* map);
  bool FinishFields(size_t first, Map* map);
  bool ParseValue(Value* value);
  bool ParseForm(ValueForm form, Value* value);
  bool ParseNull();
  bool ParseBool(bool* value);
  bool ParseInteger(int64_t* value);
  bool ParseDouble(double* value);
  bool ParseTimestamp(int64_t* value);
  bool ParseText(Value* value);
  bool ParseBytes(Value* value);
  bool ParseReference(Value* value);
  bool ParseGeoPoint(Value* value);
  bool ParseArray(Value* value);
  bool ParseItems(Value* value);
  bool ParseMap(Value* value);
  bool ParseUser(Value* value);
  bool ParseMeaning(uint16_t* meaning);

  bool ReadString(std::string_view* text);
  bool ReadBase64(std::string_view* bytes);
  template <typename OnMember>
  bool ReadObject(std::string_view what, OnMember on_member);
  template <typename OnItem>
  bool ReadArray(std::string_view what, OnItem on_item);

  // Each records a problem and returns false.
  bool Expected(std::string_view what);  // and found the next token
  bool ExpectedMember(std::string_view what, std::string_view found_name);
  bool Wrong(std::string_view expected, std::string found);
  bool Missing(std::string_view member);
  bool Inside(std::string_view field);  // names the field around a problem recorded further in
  bool Inside(size_t index);

  // Marks a member as seen; a second time is a problem.
  bool Once(uint32_t bit, std::string_view name, uint32_t* seen);

  JsonCursor cursor_;
  Arena* arena_ = nullptr;
  size_t line_end_ = 0;
  int depth_ = 0;
  Problem problem_;
  FieldOrder order_;
  // Stacks, as maps and arrays nest.
  std::vector<Field> fields_;
  std::vector<Value> items_;
  std::vector<PathElement> path_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_TYPED_RECORD_PARSER_H_

// One line of typed NDJSON into one record. The form is specified in docs/formats/typed_ndjson.md.
#ifndef DATAHAUL_FORMAT_NDJSON_TYPED_RECORD_PARSER_H_
#define DATAHAUL_FORMAT_NDJSON_TYPED_RECORD_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "format/ndjson/json_walk.h"
#include "format/ndjson/value_form.h"
#include "model/arena.h"
#include "model/record.h"
#include "model/value.h"

namespace datahaul {

// Strict about what is said, not about how: members may come in any order, white space anywhere, and numbers in any
// spelling; but nothing may be unknown, missing, said twice, or of another type or range. Not safe for concurrent use.
class TypedRecordParser : private JsonWalk {
 public:
  using JsonWalk::kDeepest, JsonWalk::Problem, JsonWalk::problem;

  // Lines that Parse() takes one by one; see JsonCursor::Start. Records point into `text` and `arena`.
  void Start(std::string_view text, const uint32_t* tokens, Arena* arena);

  // Parses the next line, which ends at `line_end` in the text, and moves behind it. If false, problem() says why, and
  // record->key is set if it could be read.
  bool Parse(size_t line_end, Record* record);

 private:
  bool ParseRecord(Record* record);
  bool ParseRecordMember(std::string_view name, uint32_t* seen, Record* record);
  bool ParseOp(Op* op);
  bool CheckRecord(uint32_t seen, const Record& record);

  bool ParseKey(const Key** key);
  bool ParsePath(Key* key);
  bool ParsePathElement(PathElement* element);

  bool ParseFields(Map* map);
  bool ParseValue(Value* value);
  bool ParseForm(ValueForm form, Value* value);
  bool ParseNull();
  bool ParseInteger(int64_t* value);
  bool ParseTimestamp(int64_t* value);
  bool ParseBytes(Type type, Value* value);
  bool ParseReference(Value* value);
  bool ParseGeoPoint(Value* value);
  bool ParseArray(Value* value);
  bool ParseItems(Value* value);
  bool ParseMap(Value* value);
  bool ParseUser(Value* value);
  bool ParseMeaning(uint16_t* meaning);

  // Each records a problem and returns false.
  bool ExpectedMember(std::string_view what, std::string_view found_name);
  bool Missing(std::string_view member);

  // Marks a member as seen; a second time is a problem.
  bool Once(uint32_t bit, std::string_view name, uint32_t* seen);

  std::vector<PathElement> path_;  // of the key at work
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_TYPED_RECORD_PARSER_H_

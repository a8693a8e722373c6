// Values with parts as the JSON text of one cell.
#ifndef DATAHAUL_FORMAT_CSV_NESTED_JSON_H_
#define DATAHAUL_FORMAT_CSV_NESTED_JSON_H_

#include "base/buffer_room.h"
#include "format/columns.h"
#include "format/ndjson/plain_value.h"
#include "model/schema.h"
#include "model/value.h"

namespace datahaul {

// Writes as plain NDJSON does, but that a variant is {"COLUMN":value}, so that its type is told, and that each quote is
// doubled: it is the inside of a cell's quotes. Room as PlainText. Not safe for concurrent use.
class NestedJson {
 public:
  using Text = PlainText<JsonQuotes::kTwice>;

  // All must outlive it; `names`, `losses` and `hasher` as PlainText's.
  NestedJson(BufferRoom* room, ShapeTexts* names, PlainLosses* losses, RecordHasher* hasher, ColumnMemory* memory)
      : room_(*room), text_(room, names, losses, hasher), names_(*names), memory_(*memory) {}

  // `value` must fit `column`: see TableLosses.
  char* Write(char* p, const Column& column, const Value& value);
  // All fields of `map`, as one object.
  char* WriteObject(char* p, const Map& map) { return room_.Room(text_.WriteFields(p, map), Text::kLeave); }

 private:
  char* WriteItems(char* p, const Column& element, const Value& value);
  char* WriteStruct(char* p, const Column& column, const Map& map);
  char* WriteVariant(char* p, const Column& column, const Value& value);

  BufferRoom& room_;
  Text text_;
  ShapeTexts& names_;
  ColumnMemory& memory_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_CSV_NESTED_JSON_H_

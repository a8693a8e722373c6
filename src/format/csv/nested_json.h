// Values with parts as the JSON text of one cell.
#ifndef DATAHAUL_FORMAT_CSV_NESTED_JSON_H_
#define DATAHAUL_FORMAT_CSV_NESTED_JSON_H_

#include "base/bytes.h"
#include "format/ndjson/plain_value.h"
#include "model/receipt.h"
#include "model/schema.h"
#include "model/value.h"

namespace datahaul {

// Writes as plain NDJSON does, but that a variant is {"COLUMN":value}, so that its type is told. Not safe for
// concurrent use.
class NestedJsonWriter {
 public:
  // `value` must fit `column`: see TableLosses.
  void Append(const Column& column, const Value& value, ByteBuffer* out);

  // All fields of `map`, as one object.
  void AppendObject(const Map& map, ByteBuffer* out);

  void AddCounters(Counters* counters) const { plain_.AddCounters(counters); }  // as PlainValueWriter

 private:
  void AppendItems(const Column& element, const Value& value, ByteBuffer* out);
  void AppendStruct(const Column& column, const Map& map, ByteBuffer* out);

  PlainValueWriter plain_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_CSV_NESTED_JSON_H_

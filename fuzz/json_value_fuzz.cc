// JSON text of tables: a value that is read from any text is written, and read again, as the same; the instruction set
// makes no difference.
#include <cstddef>
#include <cstdint>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/check.h"
#include "fuzz/table_columns.h"

#include "base/bytes.h"
#include "format/csv/nested_json.h"
#include "format/ndjson/json_value_reader.h"
#include "format/ndjson/typed_encoder.h"
#include "model/arena.h"
#include "model/record.h"

namespace datahaul {
namespace {

std::string LineOf(const Value& value) {
  static constexpr char kNames[2 + kSlack] = "av";  // may be read past their ends
  static const PathElement kElement{.kind = {kNames, 1}, .number = 1, .id = PathElement::Id::kNumber};
  static const Key kKey{.path = &kElement, .size = 1};
  static const uint32_t kFirst = 0;
  const Field field{{kNames + 1, 1}, value};
  Record record;
  record.key = &kKey;
  record.properties.fields = &field;
  record.properties.sorted = &kFirst;
  record.properties.size = 1;
  TypedEncoder encoder{EncodeOptions()};
  ByteBuffer line;
  encoder.AppendLine(record, &line);
  return std::string(line.view());
}

struct Read {
  bool ok = false;
  std::string line;  // the value as typed NDJSON
  std::string text;  // as JSON text
  bool lossy = false;
};

Read ReadText(std::string_view text, const Column& column) {
  Arena arena;
  JsonValueReader reader;
  Value value;
  Read read;
  read.ok = reader.Read(text, column, &arena, &value);
  if (!read.ok) {
    Check(!reader.problem().expected.empty() && !reader.problem().found.empty(), "what is refused is explained");
    return read;
  }
  read.line = LineOf(value);
  NestedJsonWriter writer;
  ByteBuffer out;
  writer.Append(column, value, &out);
  read.text = out.view();
  Counters counters;
  writer.AddCounters(&counters);
  read.lossy = counters.named.contains("non_finite");
  Check(!counters.named.contains("invalid_utf8"), "strings in JSON text are UTF-8");
  return read;
}

void CheckText(std::string_view text, const Column& column) {
  const Read first = ReadText(text, column);
  const auto* const best = static_cast<const simdjson::implementation*>(simdjson::get_active_implementation());
  simdjson::get_active_implementation() = simdjson::get_available_implementations()["fallback"];
  const Read plain = ReadText(text, column);
  simdjson::get_active_implementation() = best;
  Check(plain.ok == first.ok && plain.line == first.line, "without vector instructions all is the same");
  if (!first.ok) return;
  const Read again = ReadText(first.text, column);
  Check(again.ok, "what was written can be read");
  Check(again.line == first.line || first.lossy, "the value survives");
  const Read third = ReadText(again.text, column);
  Check(third.text == again.text && third.line == again.line, "what was read again is a fixed point");
}

}  // namespace
}  // namespace datahaul

// The first byte chooses the column.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace datahaul;
  if (size == 0) return 0;
  const std::vector<Column>& columns = EveryColumn().columns;
  const size_t keys = KeyColumns().size() + 1;
  CheckText({reinterpret_cast<const char*>(data) + 1, size - 1}, columns[keys + data[0] % (columns.size() - keys)]);
  return 0;
}

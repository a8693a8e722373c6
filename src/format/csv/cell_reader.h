// Cells back into values.
#ifndef DATAHAUL_FORMAT_CSV_CELL_READER_H_
#define DATAHAUL_FORMAT_CSV_CELL_READER_H_

#include <string>
#include <string_view>

#include "format/csv/row_scanner.h"
#include "format/ndjson/json_value_reader.h"
#include "model/arena.h"
#include "model/format.h"
#include "model/schema.h"
#include "model/value.h"

namespace datahaul {

// Not safe for concurrent use.
class CellReader {
 public:
  explicit CellReader(const CsvOptions& options) : options_(options) {}

  // Null cells are those that say so; of types that have no empty text, empty ones too.
  bool IsNull(const Column& column, const Cell& cell) const;

  // The text of a cell that CsvEncoder may have guarded.
  std::string_view Text(const Cell& cell, Arena* arena) const;

  // A cell that is not null. False if it does not fit; the problem then says what was expected and found.
  bool Read(const Column& column, const Cell& cell, Arena* arena, Value* value);
  std::string problem() const;

 private:
  bool ReadBool(std::string_view text, Value* value);
  bool ReadInt(std::string_view text, Value* value);
  bool ReadDouble(std::string_view text, Value* value);
  bool ReadTimestamp(std::string_view text, Value* value);
  bool ReadBytes(std::string_view text, Arena* arena, Value* value);
  bool ReadReference(std::string_view text, Arena* arena, Value* value);
  bool ReadJson(const Column& column, std::string_view text, Arena* arena, Value* value);
  bool Wrong(const Column& column, std::string_view text);

  const CsvOptions options_;
  JsonValueReader json_;
  JsonValueReader::Problem problem_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_CSV_CELL_READER_H_

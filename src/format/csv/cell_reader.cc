#include "format/csv/cell_reader.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "format/columns.h"
#include "format/csv/csv_encoder.h"
#include "format/ndjson/key_path.h"
#include "format/ndjson/printable.h"
#include "format/ndjson/rfc3339.h"

namespace datahaul {
namespace {

template <typename Number>
bool ParseNumber(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

void SetText(Type type, std::string_view text, Value* value) {
  value->type = type;
  value->chars = text.data();
  value->size = static_cast<uint32_t>(text.size());
}

bool HasEmptyText(ColumnType type) {
  switch (type) {
    case ColumnType::kString:
    case ColumnType::kBytes:
    case ColumnType::kReference:
    case ColumnType::kDecimal:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kUuid:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool CellReader::IsNull(const Column& column, const Cell& cell) const {
  if (!cell.quoted && cell.raw == options_.null) return true;
  return cell.raw.empty() && !HasEmptyText(column.type);
}

std::string_view CellReader::Text(const Cell& cell, Arena* arena) const {
  std::string_view text = cell.Text(arena);
  if (options_.guard_formulas && text.starts_with('\'') && NeedsFormulaGuard(text)) text.remove_prefix(1);
  return text;
}

bool CellReader::Read(const Column& column, const Cell& cell, Arena* arena, Value* value) {
  *value = Value();
  bool read = false;
  switch (column.type) {
    case ColumnType::kString:
      SetText(Type::kString, Text(cell, arena), value);
      read = true;
      break;
    case ColumnType::kBool:
      read = ReadBool(cell.Text(arena), value);
      break;
    case ColumnType::kInt:
      read = ReadInt(cell.Text(arena), value);
      break;
    case ColumnType::kDouble:
      read = ReadDouble(cell.Text(arena), value);
      break;
    case ColumnType::kTimestamp:
      read = ReadTimestamp(cell.Text(arena), value);
      break;
    case ColumnType::kBytes:
      read = ReadBytes(Text(cell, arena), arena, value);
      break;
    case ColumnType::kReference:
      read = ReadReference(Text(cell, arena), arena, value);
      break;
    case ColumnType::kDecimal:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kUuid:
      SetText(ValueType(column.type), cell.Text(arena), value);
      read = true;
      break;
    default:
      return ReadJson(column, cell.Text(arena), arena, value);
  }
  if (!read) return Wrong(column, cell.Text(arena));
  RestoreMarks(column, value);
  return true;
}

std::string CellReader::problem() const {
  const std::string where = problem_.field.empty() ? "" : StrCat(problem_.field, ": ");
  return StrCat(where, "expected ", problem_.expected, ", found ", problem_.found);
}

bool CellReader::ReadBool(std::string_view text, Value* value) {
  value->type = Type::kBool;
  value->boolean = text == "true";
  return value->boolean || text == "false";
}

bool CellReader::ReadInt(std::string_view text, Value* value) {
  value->type = Type::kInt;
  return ParseNumber(text, &value->integer);
}

bool CellReader::ReadDouble(std::string_view text, Value* value) {
  value->type = Type::kDouble;
  if (text == "NaN") {
    value->number = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "Infinity" || text == "-Infinity") {
    const double infinity = std::numeric_limits<double>::infinity();
    value->number = text[0] == '-' ? -infinity : infinity;
  } else {
    return ParseNumber(text, &value->number);
  }
  return true;
}

bool CellReader::ReadTimestamp(std::string_view text, Value* value) {
  const std::optional<Micros> time = ParseTimestampText(text);
  value->type = Type::kTimestamp;
  value->integer = time.value_or(0);
  return time.has_value();
}

bool CellReader::ReadBytes(std::string_view text, Arena* arena, Value* value) {
  char* const out = static_cast<char*>(arena->Allocate(text.size() / 4 * 3 + 1));
  const std::optional<size_t> size = UnBase64To(out, text);
  if (!size) return false;
  SetText(Type::kBytes, {out, *size}, value);
  return true;
}

bool CellReader::ReadReference(std::string_view text, Arena* arena, Value* value) {
  Key* const key = arena->New<Key>();
  value->type = Type::kReference;
  value->reference = key;
  return ParseReferenceText(text, arena, key);
}

bool CellReader::ReadJson(const Column& column, std::string_view text, Arena* arena, Value* value) {
  if (json_.Read(text, column, arena, value)) return true;
  problem_ = json_.problem();
  return false;
}

bool CellReader::Wrong(const Column& column, std::string_view text) {
  problem_ = {"", std::string(ColumnTypeName(column.type)), StrCat('"', Printable(text), '"')};
  return false;
}

}  // namespace datahaul

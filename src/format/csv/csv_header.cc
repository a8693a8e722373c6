#include "format/csv/csv_header.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "format/columns.h"
#include "format/ndjson/printable.h"

namespace datahaul {
namespace {

constexpr std::string_view kKeyNames[] = {kKeyColumn, kNamespaceColumn, kIdColumn, kNameColumn, kDeletedColumn};
constexpr size_t kMostNamed = 5;

bool IsKeyName(std::string_view name) {
  return std::find(std::begin(kKeyNames), std::end(kKeyNames), name) != std::end(kKeyNames);
}

std::string List(const std::vector<std::string>& names) {
  std::string list;
  for (size_t i = 0; i < names.size() && i < kMostNamed; ++i) {
    StrAppend(&list, i == 0 ? "\"" : ", \"", Printable(names[i]), "\"");
  }
  if (names.size() > kMostNamed) StrAppend(&list, " and ", names.size() - kMostNamed, " more");
  return list;
}

// Every column a text, in the order of names.
KindSchema TextColumns(const std::vector<std::string>& names) {
  KindSchema schema;
  for (const std::string& name : names) {
    if (IsKeyName(name)) continue;
    Column& column = schema.columns.emplace_back();
    column.name = column.field = name;
  }
  std::sort(schema.columns.begin(), schema.columns.end(),
            [](const Column& a, const Column& b) { return a.field < b.field; });
  return schema;
}

}  // namespace

absl::StatusOr<CsvHeader> CsvHeader::Make(std::vector<std::string> names, const KindSchema* schema,
                                          std::string_view where) {
  CsvHeader header;
  header.names_ = std::move(names);
  const bool has_schema = schema != nullptr;
  if (!has_schema) header.own_ = TextColumns(header.names_);
  DH_RETURN_IF_ERROR(header.Pair(has_schema ? *schema : header.own_, where));
  if (header.key_ != kAbsent) return header;
  return DataError(StrCat("reading ", where, ": expected a column ", kKeyColumn,
                          " with the records' keys, such as users/ann/orders/5, found the columns ",
                          List(header.names_), "; add it",
                          has_schema ? "" : ", and a manifest.json to say more types"));
}

absl::Status CsvHeader::Pair(const KindSchema& schema, std::string_view where) {
  std::map<std::string_view, size_t> cells;
  for (size_t i = 0; i < names_.size(); ++i) {
    if (cells.emplace(names_[i], i).second) continue;
    return DataError(StrCat("reading ", where, ": expected each column once, found \"", Printable(names_[i]),
                            "\" twice in the header"));
  }
  const auto take = [&cells](std::string_view name) {
    const auto found = cells.find(name);
    if (found == cells.end()) return kAbsent;
    const size_t cell = found->second;
    cells.erase(found);
    return cell;
  };
  for (const Column& column : schema.columns) {
    if (column.key) continue;
    const size_t cell = take(column.name);
    if (cell != kAbsent) fields_.push_back({&column, cell});
  }
  all_properties_ = PropertiesColumn(schema.columns) != nullptr && !fields_.empty();
  key_ = take(kKeyColumn);
  deleted_ = take(kDeletedColumn);
  for (const std::string_view name : kKeyNames) take(name);
  if (cells.empty()) return absl::OkStatus();
  std::vector<std::string> unknown;
  for (const std::string& name : names_) {
    if (cells.contains(name)) unknown.push_back(name);
  }
  return DataError(StrCat("reading ", where, ": expected the columns of the manifest's schema, found also ",
                          List(unknown), "; remove them, or move manifest.json away to read every column as text"));
}

char GuessDelimiter(std::string_view text) {
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == ',' || c == ';' || c == '\t' || c == '|') return c;
    if (c == '\r' || c == '\n') break;
  }
  return ',';
}

}  // namespace datahaul

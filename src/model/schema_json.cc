#include "model/schema_json.h"

#include <optional>
#include <simdjson.h>
#include <utility>

#include "base/json_writer.h"
#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

using Json = simdjson::dom::element;
using Object = simdjson::dom::object;

constexpr int kDeepest = 200;  // levels of columns; a plan has a tenth of that

void WriteColumn(const Column& column, JsonWriter* json) {
  json->BeginObject().Field("name", column.name);
  if (column.field != column.name) json->Field("field", column.field);
  json->Field("type", ColumnTypeName(column.type));
  for (const auto& [name, set] :
       {std::pair("key", column.key), std::pair("widened", column.widened), std::pair("guessed", column.guessed),
        std::pair("wrapped", column.wrapped), std::pair("indexed", column.indexed)}) {
    if (set) json->Field(name, true);
  }
  if (column.meaning != 0) json->Field("meaning", column.meaning);
  if (!column.children.empty()) {
    json->Key("children").BeginArray();
    for (const Column& child : column.children) WriteColumn(child, json);
    json->EndArray();
  }
  json->EndObject();
}

std::optional<ColumnType> ParseColumnType(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ColumnType::kVariants); ++i) {
    if (ColumnTypeName(static_cast<ColumnType>(i)) == name) return static_cast<ColumnType>(i);
  }
  return std::nullopt;
}

absl::Status Expected(std::string_view what, std::string_view path) {
  return DataError(StrCat("expected ", what, " in ", path));
}

// A member that may be absent: *value then stays as it is.
template <typename T>
absl::Status ReadMember(const Object& object, const char* name, std::string_view what, std::string_view path,
                        T* value) {
  Json member;
  if (object[name].get(member) == simdjson::NO_SUCH_FIELD) return absl::OkStatus();
  if (member.get(*value) == simdjson::SUCCESS) return absl::OkStatus();
  return Expected(what, StrCat(path, ".", name));
}

absl::StatusOr<std::string> ReadText(const Object& object, const char* name, std::string_view path) {
  std::string_view text;
  if (object[name].get(text) == simdjson::SUCCESS) return std::string(text);
  return Expected("a string", StrCat(path, ".", name));
}

absl::StatusOr<std::vector<Column>> ReadColumns(const Object& object, const char* name, const std::string& path,
                                                int depth);

// Who writes a table goes through fields and columns side by side.
absl::Status CheckOrder(const std::vector<Column>& columns, const std::string& path) {
  for (size_t i = 1; i < columns.size(); ++i) {
    const Column &previous = columns[i - 1], &column = columns[i];
    if (previous.key ? previous.name != column.name : !column.key && previous.field < column.field) continue;
    return Expected("keys, then columns in the order of their fields' names", path);
  }
  return absl::OkStatus();
}

absl::Status CheckChildren(const Column& column, const std::string& path) {
  const size_t count = column.children.size();
  if (column.type == ColumnType::kList) return count == 1 ? absl::OkStatus() : Expected("a list's one child", path);
  if (column.wrapped) {
    const bool list = column.type == ColumnType::kStruct && count == 1 && column.children[0].type == ColumnType::kList;
    return list ? absl::OkStatus() : Expected("a structure of one list", path);
  }
  if (column.type == ColumnType::kStruct) DH_RETURN_IF_ERROR(CheckOrder(column.children, path));
  const bool structure = column.type == ColumnType::kStruct || column.type == ColumnType::kVariants;
  return structure == (count != 0) ? absl::OkStatus() : Expected("children of structures, and of nothing else", path);
}

absl::StatusOr<Column> ReadColumn(Json json, const std::string& path, int depth) {
  Object object;
  if (json.get(object) != simdjson::SUCCESS) return Expected("an object", path);
  if (depth > kDeepest) return Expected(StrCat("at most ", kDeepest, " levels of columns"), path);
  Column column;
  DH_ASSIGN_OR_RETURN(column.name, ReadText(object, "name", path));
  std::string_view field = column.name;
  DH_RETURN_IF_ERROR(ReadMember(object, "field", "a string", path, &field));
  column.field = field;
  DH_ASSIGN_OR_RETURN(const std::string type_name, ReadText(object, "type", path));
  const std::optional<ColumnType> type = ParseColumnType(type_name);
  if (!type)
    return Expected(StrCat("a type of column (a newer datahaul may know \"", type_name, "\")"), path + ".type");
  column.type = *type;
  for (const auto& [name, flag] :
       {std::pair("key", &column.key), std::pair("widened", &column.widened), std::pair("guessed", &column.guessed),
        std::pair("wrapped", &column.wrapped), std::pair("indexed", &column.indexed)}) {
    DH_RETURN_IF_ERROR(ReadMember(object, name, "true or false", path, flag));
  }
  uint64_t meaning = 0;
  DH_RETURN_IF_ERROR(ReadMember(object, "meaning", "a whole number", path, &meaning));
  if (meaning > 0xffff) return Expected("a number up to 65535", path + ".meaning");
  column.meaning = static_cast<uint16_t>(meaning);
  DH_ASSIGN_OR_RETURN(column.children, ReadColumns(object, "children", path, depth + 1));
  DH_RETURN_IF_ERROR(CheckChildren(column, path));
  return column;
}

absl::StatusOr<std::vector<Column>> ReadColumns(const Object& object, const char* name, const std::string& path,
                                                int depth) {
  std::vector<Column> columns;
  simdjson::dom::array array;
  if (object[name].error() == simdjson::NO_SUCH_FIELD) return columns;
  if (object[name].get(array) != simdjson::SUCCESS) return Expected("an array", StrCat(path, ".", name));
  columns.reserve(array.size());
  for (Json element : array) {
    DH_ASSIGN_OR_RETURN(Column column, ReadColumn(element, StrCat(path, ".", name, "[", columns.size(), "]"), depth));
    columns.push_back(std::move(column));
  }
  return columns;
}

absl::Status ReadKind(Json json, const std::string& path, Schema* schema) {
  Object object;
  if (json.get(object) != simdjson::SUCCESS) return Expected("an object", path);
  KindName name;
  DH_ASSIGN_OR_RETURN(name.ns, ReadText(object, "namespace", path));
  DH_ASSIGN_OR_RETURN(name.kind, ReadText(object, "kind", path));
  DH_ASSIGN_OR_RETURN(std::vector<Column> columns, ReadColumns(object, "columns", path, 1));
  DH_RETURN_IF_ERROR(CheckOrder(columns, path));
  const auto [at, added] = schema->kinds.try_emplace(std::move(name));
  if (!added) return Expected("every kind once", path);
  at->second.columns = std::move(columns);
  return absl::OkStatus();
}

absl::StatusOr<Schema> ReadSchema(Json root) {
  Schema schema;
  Object object;
  if (root.get(object) != simdjson::SUCCESS) return Expected("an object", "schema");
  simdjson::dom::array kinds;
  if (object["kinds"].get(kinds) != simdjson::SUCCESS) return Expected("an array", "schema.kinds");
  size_t index = 0;
  for (Json kind : kinds) DH_RETURN_IF_ERROR(ReadKind(kind, StrCat("schema.kinds[", index++, "]"), &schema));
  return schema;
}

}  // namespace

std::string ToJson(const Schema& schema) {
  JsonWriter json;
  json.BeginObject().Key("kinds").BeginArray();
  for (const auto& [name, kind] : schema.kinds) {
    json.BeginObject().Field("namespace", name.ns).Field("kind", name.kind).Key("columns").BeginArray();
    for (const Column& column : kind.columns) WriteColumn(column, &json);
    json.EndArray().EndObject();
  }
  return json.EndArray().EndObject().text();
}

absl::StatusOr<Schema> ParseSchemaJson(std::string_view json, std::string_view where) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(json);
  Json root;
  const simdjson::error_code error = parser.parse(padded).get(root);
  absl::StatusOr<Schema> schema =
      error == simdjson::SUCCESS ? ReadSchema(root) : DataError(simdjson::error_message(error));
  if (schema.ok()) return schema;
  return DataError(StrCat("reading ", where, ": expected a schema of datahaul: ", Message(schema.status())));
}

}  // namespace datahaul

#include "schema/render.h"

#include <array>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "model/schema_json.h"

namespace datahaul {
namespace {

constexpr std::array kForms = {std::pair(SchemaForm::kArrow, std::string_view("arrow")),
                               std::pair(SchemaForm::kBigQuery, std::string_view("bigquery")),
                               std::pair(SchemaForm::kSql, std::string_view("sql")),
                               std::pair(SchemaForm::kJson, std::string_view("json"))};

// ------------------------------------------------------------ Arrow

std::string ArrowType(const Column& column) {
  switch (column.type) {
    case ColumnType::kBool:
      return "bool";
    case ColumnType::kInt:
      return "int64";
    case ColumnType::kDouble:
      return "double";
    case ColumnType::kTimestamp:
      return "timestamp[us, tz=UTC]";
    case ColumnType::kBytes:
      return "binary";
    case ColumnType::kList:
      return StrCat("list<", column.children[0].name, ": ", ArrowType(column.children[0]), ">");
    case ColumnType::kGeoPoint:
    case ColumnType::kUser:
    case ColumnType::kStruct:
    case ColumnType::kVariants: {
      std::string text = "struct<";
      for (const Column& member : MembersOf(column)) {
        StrAppend(&text, text.ends_with('<') ? "" : ", ", member.name, ": ", ArrowType(member));
      }
      return text + ">";
    }
    default:
      return "string";
  }
}

void AppendArrow(const Column& column, size_t indent, std::string* out) {
  StrAppend(out, column.name, ": ", ArrowType(column));
  const std::vector<Column>& members = MembersOf(column);
  for (size_t i = 0; i < members.size(); ++i) {
    StrAppend(out, "\n", std::string(indent, ' '), "child ", i, ", ");
    AppendArrow(members[i], indent + 4, out);
  }
}

std::string Arrow(const KindSchema& kind) {
  std::string text;
  for (const Column& column : kind.columns) {
    if (!text.empty()) text += '\n';
    AppendArrow(column, 2, &text);
  }
  return text;
}

// ------------------------------------------------------------ BigQuery

std::string_view BigQueryType(ColumnType type) {
  switch (type) {
    case ColumnType::kBool:
      return "BOOLEAN";
    case ColumnType::kInt:
      return "INTEGER";
    case ColumnType::kDouble:
      return "FLOAT";
    case ColumnType::kTimestamp:
      return "TIMESTAMP";
    case ColumnType::kBytes:
      return "BYTES";
    case ColumnType::kDate:
      return "DATE";
    case ColumnType::kTime:
      return "TIME";
    case ColumnType::kJson:
      return "JSON";
    case ColumnType::kGeoPoint:
    case ColumnType::kUser:
    case ColumnType::kStruct:
    case ColumnType::kVariants:
      return "RECORD";
    default:
      return "STRING";  // decimals too: they may have more digits than BigQuery's
  }
}

void AppendBigQuery(const std::vector<Column>& columns, JsonWriter* json) {
  json->BeginArray();
  for (const Column& column : columns) {
    const bool list = column.type == ColumnType::kList;
    const Column& element = list ? column.children[0] : column;
    json->BeginObject().Field("name", column.name).Field("type", BigQueryType(element.type));
    json->Field("mode", list ? "REPEATED" : "NULLABLE");
    const std::vector<Column>& members = MembersOf(element);
    if (!members.empty()) AppendBigQuery(members, &json->Key("fields"));
    json->EndObject();
  }
  json->EndArray();
}

// ------------------------------------------------------------ SQL

std::string_view SqlType(ColumnType type) {
  switch (type) {
    case ColumnType::kBool:
      return "BOOLEAN";
    case ColumnType::kInt:
      return "BIGINT";
    case ColumnType::kDouble:
      return "DOUBLE PRECISION";
    case ColumnType::kTimestamp:
      return "TIMESTAMP WITH TIME ZONE";
    case ColumnType::kBytes:
      return "BYTEA";
    case ColumnType::kDecimal:
      return "NUMERIC";
    case ColumnType::kDate:
      return "DATE";
    case ColumnType::kTime:
      return "TIME";
    case ColumnType::kUuid:
      return "UUID";
    case ColumnType::kString:
    case ColumnType::kReference:
      return "TEXT";
    default:
      return "JSONB";
  }
}

std::string Quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + "\"";
}

std::string Sql(const KindName& name, const KindSchema& kind) {
  std::string text = "CREATE TABLE ";
  if (!name.ns.empty()) StrAppend(&text, Quoted(name.ns), ".");
  StrAppend(&text, Quoted(name.kind), " (");
  for (size_t i = 0; i < kind.columns.size(); ++i) {
    StrAppend(&text, i == 0 ? "\n  " : ",\n  ", Quoted(kind.columns[i].name), " ", SqlType(kind.columns[i].type));
  }
  return text + "\n);";
}

}  // namespace

std::string_view SchemaFormName(SchemaForm form) { return kForms[static_cast<size_t>(form)].second; }

std::optional<SchemaForm> ParseSchemaForm(std::string_view name) {
  for (const auto& [form, known] : kForms) {
    if (known == name) return form;
  }
  return std::nullopt;
}

std::string Render(const KindName& name, const KindSchema& kind, SchemaForm form) {
  switch (form) {
    case SchemaForm::kArrow:
      return Arrow(kind);
    case SchemaForm::kBigQuery: {
      JsonWriter json;
      AppendBigQuery(kind.columns, &json);
      return json.text();
    }
    case SchemaForm::kSql:
      return Sql(name, kind);
    case SchemaForm::kJson:
      break;
  }
  Schema one;
  one.kinds[name] = kind;
  return ToJson(one);
}

std::string Render(const Schema& schema, SchemaForm form) {
  if (form == SchemaForm::kJson) return ToJson(schema) + "\n";
  const bool titles = form != SchemaForm::kSql && schema.kinds.size() > 1;
  std::string text;
  for (const auto& [name, kind] : schema.kinds) {
    if (!text.empty()) text += '\n';
    if (titles) StrAppend(&text, "-- ", name.ns, name.ns.empty() ? "" : "/", name.kind, "\n");
    StrAppend(&text, Render(name, kind, form), "\n");
  }
  return text;
}

}  // namespace datahaul

#include "schema/render.h"

#include <string>

#include "gtest/gtest.h"

#include "model/schema_json.h"

namespace datahaul {
namespace {

Column Make(std::string_view name, ColumnType type, std::vector<Column> children = {}) {
  Column column;
  column.name = name;
  column.field = name;
  column.type = type;
  column.children = std::move(children);
  return column;
}

KindSchema Example() {
  KindSchema kind;
  kind.columns = {
      Make("at", ColumnType::kTimestamp),
      Make("b", ColumnType::kBytes),
      Make("d", ColumnType::kDecimal),
      Make("lines", ColumnType::kList,
           {Make("element", ColumnType::kStruct,
                 {Make("n", ColumnType::kInt),
                  Make("tags", ColumnType::kList, {Make("element", ColumnType::kString)})})}),
      Make("mixed", ColumnType::kJson),
      Make("on", ColumnType::kDate),
      Make("place", ColumnType::kGeoPoint),
      Make("say \"x\"", ColumnType::kBool),
      Make("v", ColumnType::kVariants, {Make("integer", ColumnType::kInt), Make("double", ColumnType::kDouble)}),
  };
  return kind;
}

const KindName kName = {"eu", "Order"};

// The text is pyarrow's own for this schema (26.0).
TEST(Render, Arrow) {
  EXPECT_EQ(Render(kName, Example(), SchemaForm::kArrow),
            "at: timestamp[us, tz=UTC]\n"
            "b: binary\n"
            "d: string\n"
            "lines: list<element: struct<n: int64, tags: list<element: string>>>\n"
            "  child 0, element: struct<n: int64, tags: list<element: string>>\n"
            "      child 0, n: int64\n"
            "      child 1, tags: list<element: string>\n"
            "          child 0, element: string\n"
            "mixed: string\n"
            "on: string\n"
            "place: struct<latitude: double, longitude: double>\n"
            "  child 0, latitude: double\n"
            "  child 1, longitude: double\n"
            "say \"x\": bool\n"
            "v: struct<integer: int64, double: double>\n"
            "  child 0, integer: int64\n"
            "  child 1, double: double");
}

TEST(Render, BigQuery) {
  EXPECT_EQ(
      Render(kName, Example(), SchemaForm::kBigQuery),
      R"([{"name":"at","type":"TIMESTAMP","mode":"NULLABLE"},)"
      R"({"name":"b","type":"BYTES","mode":"NULLABLE"},)"
      R"({"name":"d","type":"STRING","mode":"NULLABLE"},)"
      R"({"name":"lines","type":"RECORD","mode":"REPEATED","fields":[)"
      R"({"name":"n","type":"INTEGER","mode":"NULLABLE"},{"name":"tags","type":"STRING","mode":"REPEATED"}]},)"
      R"({"name":"mixed","type":"JSON","mode":"NULLABLE"},)"
      R"({"name":"on","type":"DATE","mode":"NULLABLE"},)"
      R"({"name":"place","type":"RECORD","mode":"NULLABLE","fields":[)"
      R"({"name":"latitude","type":"FLOAT","mode":"NULLABLE"},{"name":"longitude","type":"FLOAT","mode":"NULLABLE"}]},)"
      R"({"name":"say \"x\"","type":"BOOLEAN","mode":"NULLABLE"},)"
      R"({"name":"v","type":"RECORD","mode":"NULLABLE","fields":[)"
      R"({"name":"integer","type":"INTEGER","mode":"NULLABLE"},{"name":"double","type":"FLOAT","mode":"NULLABLE"}]}])");
}

TEST(Render, Sql) {
  EXPECT_EQ(Render(kName, Example(), SchemaForm::kSql),
            "CREATE TABLE \"eu\".\"Order\" (\n"
            "  \"at\" TIMESTAMP WITH TIME ZONE,\n"
            "  \"b\" BYTEA,\n"
            "  \"d\" NUMERIC,\n"
            "  \"lines\" JSONB,\n"
            "  \"mixed\" JSONB,\n"
            "  \"on\" DATE,\n"
            "  \"place\" JSONB,\n"
            "  \"say \"\"x\"\"\" BOOLEAN,\n"
            "  \"v\" JSONB\n"
            ");");
}

TEST(Render, AllKinds) {
  Schema schema;
  schema.kinds[{"", "A"}].columns = {Make("n", ColumnType::kInt)};
  EXPECT_EQ(Render(schema, SchemaForm::kArrow), "n: int64\n");
  schema.kinds[{"eu", "B"}].columns = {Make("u", ColumnType::kUser)};
  EXPECT_EQ(Render(schema, SchemaForm::kSql),
            "CREATE TABLE \"A\" (\n  \"n\" BIGINT\n);\n\nCREATE TABLE \"eu\".\"B\" (\n  \"u\" JSONB\n);\n");
  EXPECT_TRUE(Render(schema, SchemaForm::kArrow).starts_with("-- A\nn: int64\n\n-- eu/B\nu: struct<email: string, "));
  EXPECT_EQ(Render(schema, SchemaForm::kJson), ToJson(schema) + "\n");
  EXPECT_TRUE(Render({"", "A"}, schema.kinds[{"", "A"}], SchemaForm::kJson).starts_with(R"({"kinds":[{)"));
}

TEST(Render, Names) {
  for (const SchemaForm form : {SchemaForm::kArrow, SchemaForm::kBigQuery, SchemaForm::kSql, SchemaForm::kJson}) {
    EXPECT_EQ(ParseSchemaForm(SchemaFormName(form)), form);
  }
  EXPECT_EQ(ParseSchemaForm("xml"), std::nullopt);
}

}  // namespace
}  // namespace datahaul

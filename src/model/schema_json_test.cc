#include "model/schema_json.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;

Column Make(std::string name, ColumnType type, std::vector<Column> children = {}) {
  Column column;
  column.field = column.name = std::move(name);
  column.type = type;
  column.children = std::move(children);
  return column;
}

// Every type and every flag once.
Schema Everything() {
  Schema schema;
  KindSchema& kind = schema.kinds[{"eu", "Order \"1\""}];
  kind.columns = KeyColumns();
  for (int i = 0; i <= static_cast<int>(ColumnType::kJson); ++i) {
    kind.columns.push_back(Make(std::string("c") + static_cast<char>('a' + i), static_cast<ColumnType>(i)));
  }
  Column cleaned = Make("a_b", ColumnType::kString);
  cleaned.field = "a.b\n\xc3\xa4";
  cleaned.indexed = true;
  cleaned.meaning = 15;
  cleaned.guessed = true;
  Column number = Make("n", ColumnType::kDouble);
  number.widened = true;
  Column inner = Make("element", ColumnType::kStruct, {Make("values", ColumnType::kList, {number})});
  inner.wrapped = true;
  kind.columns.push_back(Make("list", ColumnType::kList, {inner}));
  kind.columns.push_back(Make("variants", ColumnType::kVariants, {cleaned, number}));
  schema.kinds[{"", "Empty"}];
  return schema;
}

TEST(SchemaJson, ReadsBackWhatItWrote) {
  const std::string json = ToJson(Everything());
  const auto read = ParseSchemaJson(json, "s");
  ASSERT_TRUE(read.ok()) << read.status() << json;
  EXPECT_EQ(*read, Everything());
  EXPECT_EQ(ToJson(*read), json);
  const auto none = ParseSchemaJson(ToJson(Schema()), "s");
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(*none, Schema());
}

TEST(SchemaJson, LooksAsSpecified) {
  Schema schema;
  Column column = Make("a_b", ColumnType::kString);
  column.field = "a b";
  column.indexed = true;
  column.meaning = 15;
  Column element = Make("element", ColumnType::kInt);
  element.field = "";
  schema.kinds[{"", "Order"}].columns = {column, Make("tags", ColumnType::kList, {element})};
  EXPECT_EQ(ToJson(schema),
            R"({"kinds":[{"namespace":"","kind":"Order","columns":[)"
            R"({"name":"a_b","field":"a b","type":"string","indexed":true,"meaning":15},)"
            R"({"name":"tags","type":"list","children":[{"name":"element","field":"","type":"integer"}]}]}]})");
}

TEST(SchemaJson, PassesOverUnknownMembers) {
  const auto read = ParseSchemaJson(
      R"({"x":1,"kinds":[{"y":[],"namespace":"","kind":"A","columns":[{"name":"n","type":"integer","z":{}}]}]})", "s");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->Find("", "A")->columns, std::vector{Make("n", ColumnType::kInt)});
}

TEST(SchemaJson, SaysWhatIsWrong) {
  const auto kind = [](const std::string& columns) {
    return R"({"kinds":[{"namespace":"","kind":"A","columns":[)" + columns + "]}]}";
  };
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += R"({"name":"n","type":"list","children":[)";
  for (int i = 0; i < 300; ++i) deep += "]}";
  const struct {
    std::string json, problem;
  } cases[] = {
      {"", "reading m.json: expected a schema of datahaul: "},
      {"[]", "expected an object in schema"},
      {"{}", "expected an array in schema.kinds"},
      {R"({"kinds":[{"kind":"A"}]})", "expected a string in schema.kinds[0].namespace"},
      {kind(R"({"name":"n"})"), "expected a string in schema.kinds[0].columns[0].type"},
      {kind(R"({"name":"n","type":"colour"})"), "(a newer datahaul may know \"colour\")"},
      {kind(R"({"name":"n","type":"integer","key":1})"), "expected true or false in schema.kinds[0].columns[0].key"},
      {kind(R"({"name":"n","type":"integer","meaning":65536})"), "expected a number up to 65535"},
      {kind(R"({"name":"n","type":"list"})"), "expected a list's one child in schema.kinds[0].columns[0]"},
      {kind(R"({"name":"n","type":"struct"})"), "expected children of structures"},
      {kind(R"({"name":"n","type":"integer","children":[{"name":"n","type":"integer"}]})"), "and of nothing else"},
      {kind(R"({"name":"n","type":"struct","wrapped":true,"children":[{"name":"v","type":"integer"}]})"),
       "expected a structure of one list"},
      {kind(R"({"name":"b","type":"integer"},{"name":"a","type":"integer"})"), "in the order of their fields' names"},
      {kind(
           R"({"name":"s","type":"struct","children":[{"name":"b","type":"integer"},{"name":"c","field":"b","type":"integer"}]})"),
       "in the order of their fields' names in schema.kinds[0].columns[0]"},
      {kind(R"({"name":"b","type":"integer"},{"name":"__key__","type":"reference","key":true})"),
       "expected keys, then"},
      {kind(deep), "expected at most 200 levels of columns"},
      {R"({"kinds":[{"namespace":"","kind":"A","columns":[]},{"namespace":"","kind":"A","columns":[]}]})",
       "expected every kind once in schema.kinds[1]"},
  };
  for (const auto& [json, problem] : cases) {
    const auto read = ParseSchemaJson(json, "m.json");
    ASSERT_FALSE(read.ok()) << json;
    EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(read.status().message()), HasSubstr(problem)) << json;
  }
}

}  // namespace
}  // namespace datahaul

#include "schema/plan.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/text.h"
#include "model/schema_json.h"
#include "schema/sketcher.h"
#include "testing/random_records.h"
#include "testing/typed_records.h"

namespace datahaul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SchemaSketch SketchOf(const std::string& lines) {
  const TypedRecords records(lines);
  Sketcher sketcher;
  for (const Record& record : records.records()) sketcher.Add(record);
  return sketcher.Take();
}

// "a:integer indexed, l:list(element:string)"; a field's own name, where it is another, behind "=".
std::string Shown(const std::vector<Column>& columns) {
  return absl::StrJoin(columns, ", ", [](std::string* out, const Column& column) {
    StrAppend(out, column.name, ":", ColumnTypeName(column.type));
    if (!column.field.empty() && column.field != column.name) StrAppend(out, "=", column.field);
    for (const auto& [name, set] :
         {std::pair(" key", column.key), std::pair(" widened", column.widened), std::pair(" guessed", column.guessed),
          std::pair(" wrapped", column.wrapped), std::pair(" indexed", column.indexed)}) {
      if (set) StrAppend(out, name);
    }
    if (column.meaning != 0) StrAppend(out, " meaning ", column.meaning);
    if (!column.children.empty()) StrAppend(out, "(", Shown(column.children), ")");
  });
}

struct Planned {
  std::string columns;  // without the key columns
  std::vector<std::string> decisions;
};

Planned PlanLines(const std::string& lines, ConflictPolicy policy) {
  const SchemaPlan plan = PlanSchema(SketchOf(lines), policy);
  Planned planned;
  const std::vector<Column>& columns = plan.schema.kinds.begin()->second.columns;
  const std::vector<Column> keys = KeyColumns();
  EXPECT_TRUE(std::equal(keys.begin(), keys.end(), columns.begin()));
  planned.columns = Shown(std::vector<Column>(columns.begin() + static_cast<ptrdiff_t>(keys.size()), columns.end()));
  for (const Decision& decision : plan.decisions)
    planned.decisions.push_back(StrCat(decision.path, ": ", decision.what));
  return planned;
}

Planned Plan(std::initializer_list<std::string_view> properties, ConflictPolicy policy = ConflictPolicy::kJson) {
  std::string lines;
  for (const std::string_view text : properties) lines += TypedLine("A", 1, text);
  return PlanLines(lines, policy);
}

// The column of values of one field, "v".
TEST(Plan, Types) {
  constexpr std::string_view kKey = R"({"database":"","namespace":"","path":[["R",1]]})";
  const struct {
    std::string value, column;
  } cases[] = {
      {R"("booleanValue":true)", "v:boolean"},
      {R"("integerValue":"1")", "v:integer"},
      {R"("doubleValue":1.5)", "v:double"},
      {R"("timestampValue":"2025-01-02T03:04:05.000006Z")", "v:timestamp"},
      {R"("stringValue":"x")", "v:string"},
      {R"("bytesValue":"AAAA")", "v:bytes"},
      {StrCat(R"("referenceValue":)", kKey), "v:reference"},
      {R"("geoPointValue":{"latitude":1.0,"longitude":2.0})", "v:geoPoint"},
      {R"("userValue":{"email":"a"})", "v:user"},
      {R"("decimalValue":"1.5")", "v:decimal"},
      {R"("dateValue":"2025-01-02")", "v:date"},
      {R"("timeValue":"03:04:05")", "v:time"},
      {R"("uuidValue":"00000000-0000-0000-0000-000000000000")", "v:uuid"},
      {R"("arrayValue":{"values":[{"integerValue":"1","indexed":true}]})", "v:list(element:integer indexed)"},
      {R"("mapValue":{"fields":{"b":{"integerValue":"1"},"a":{"booleanValue":true}}})",
       "v:struct(a:boolean, b:integer)"},
      {R"("mapValue":{"fields":{"a":{"booleanValue":true}}},"indexed":true,"meaning":3)",
       "v:struct indexed meaning 3(a:boolean)"},
      {R"("arrayValue":{"values":[{"mapValue":{"fields":{"a":{"booleanValue":true}}}}]})",
       "v:list(element:struct(a:boolean))"},
      {StrCat(R"("mapValue":{"fields":{"a":{"booleanValue":true}},"key":)", kKey, "}"),
       "v:struct(__key__:reference key, a:boolean)"},
      {StrCat(R"("mapValue":{"fields":{"__key__":{"booleanValue":true}},"key":)", kKey, "}"),
       "v:struct(__key__:reference key, __key___2:boolean=__key__)"},
      {StrCat(R"("mapValue":{"fields":{},"key":)", kKey, "}"), "v:struct(__key__:reference key)"},
      {R"("stringValue":"x","indexed":true,"meaning":15)", "v:string indexed meaning 15"},
      {R"("timestampValue":"2025-01-02T03:04:05.000006Z","meaning":7)", "v:timestamp"},
  };
  for (const auto& [value, column] : cases) {
    const Planned planned =
        Plan({StrCat(R"({"v":{)", value, "}}"), R"({"v":{"nullValue":null,"indexed":true}})", "{}"});
    EXPECT_EQ(planned.columns, column);
    const bool renamed = value.find("fields\":{\"__key__") != std::string::npos;
    EXPECT_EQ(planned.decisions.size(), renamed ? 1u : 0u) << value;
  }
}

TEST(Plan, WhatTellsNoType) {
  Planned planned = Plan({R"({"v":{"nullValue":null}})"});
  EXPECT_EQ(planned.columns, "v:string guessed");
  EXPECT_THAT(planned.decisions, ElementsAre("v: nothing but null: string"));
  planned = Plan({R"({"v":{"arrayValue":{"values":[]}}})"});
  EXPECT_EQ(planned.columns, "v:list(element:string guessed)");
  EXPECT_THAT(planned.decisions, ElementsAre("v: nothing but empty lists: list of strings"));
  planned = Plan({R"({"v":{"mapValue":{"fields":{}}}})"});
  EXPECT_EQ(planned.columns, "v:json guessed");
  EXPECT_THAT(planned.decisions, ElementsAre("v: nothing but empty maps: JSON text"));
}

TEST(Plan, Conflicts) {
  const std::string_view integer = R"({"v":{"integerValue":"1","indexed":true}})",
                         real = R"({"v":{"doubleValue":1.5,"indexed":true}})", text = R"({"v":{"stringValue":"x"}})",
                         inexact = R"({"v":{"integerValue":"9007199254740993"}})",
                         list = R"({"v":{"arrayValue":{"values":[{"integerValue":"1"}]}}})",
                         map = R"({"v":{"mapValue":{"fields":{"a":{"booleanValue":true}}}}})";
  const struct {
    std::vector<std::string_view> records;
    ConflictPolicy policy;
    std::string column, decision;
  } cases[] = {
      {{integer, text, integer}, ConflictPolicy::kJson, "v:json", "v: integer in 2 values, string in 1: JSON text"},
      {{integer, text}, ConflictPolicy::kWiden, "v:json", "v: integer in 1 value, string in 1: JSON text"},
      {{integer, text},
       ConflictPolicy::kVariants,
       "v:variants(integer:integer indexed, string:string)",
       "v: integer in 1 value, string in 1: variants"},
      {{integer, real}, ConflictPolicy::kJson, "v:json", "v: integer in 1 value, double in 1: JSON text"},
      {{integer, real},
       ConflictPolicy::kWiden,
       "v:double widened indexed",
       "v: integer in 1 value, double in 1: double"},
      {{inexact, real},
       ConflictPolicy::kWiden,
       "v:json",
       "v: integer in 1 value, double in 1 (1 of the integers would lose digits as double): JSON text"},
      {{integer, real, text},
       ConflictPolicy::kWiden,
       "v:json",
       "v: integer in 1 value, double in 1, string in 1: JSON text"},
      {{list, text}, ConflictPolicy::kJson, "v:json", "v: string in 1 value, array in 1: JSON text"},
      {{map, list, text},
       ConflictPolicy::kVariants,
       "v:variants(string:string, list:list(element:integer), struct:struct(a:boolean))",
       "v: string in 1 value, array in 1, map in 1: variants"},
  };
  for (const auto& [records, policy, column, decision] : cases) {
    std::string lines;
    for (const std::string_view record : records) lines += TypedLine("A", 1, record);
    const Planned planned = PlanLines(lines, policy);
    EXPECT_EQ(planned.columns, column);
    EXPECT_THAT(planned.decisions, ElementsAre(decision));
  }
}

TEST(Plan, ConflictsInLists) {
  const Planned planned =
      Plan({R"({"v":{"arrayValue":{"values":[{"integerValue":"1"},{"stringValue":"x"},{"nullValue":null}]}}})"});
  EXPECT_EQ(planned.columns, "v:list(element:json)");
  EXPECT_THAT(planned.decisions, ElementsAre("v[]: integer in 1 value, string in 1: JSON text"));
}

// No source has them today: the sketch is made by hand.
TEST(Plan, ListsInListsAreWrapped) {
  constexpr auto kArray = static_cast<uint32_t>(Type::kArray), kInt = static_cast<uint32_t>(Type::kInt);
  const std::string name("v\0\0\0\0\0\0\0\0", 9);
  SchemaSketch sketch;
  FieldTable& table = sketch[{"", "A"}].table;
  const uint32_t v = table.Field(FieldTable::kRoot, FieldTable::kNone, std::string_view(name).substr(0, 1));
  const uint32_t inner = table.Elements(v);
  table.Count(v, kArray, 1);
  table.Count(inner, kArray, 2);
  table.Count(table.Elements(inner), kInt, 3);
  const SchemaPlan plan = PlanSchema(sketch, ConflictPolicy::kJson);
  EXPECT_EQ(Shown({plan.schema.kinds.begin()->second.columns.back()}),
            "v:list(element:struct wrapped(values:list(element:integer)))");
  ASSERT_EQ(plan.decisions.size(), 1u);
  EXPECT_EQ(plan.decisions[0].path, "v[]");
}

TEST(Plan, FlagsOnlyWhereAllValuesHaveThem) {
  const Planned planned =
      Plan({R"({"v":{"stringValue":"x","indexed":true}})", R"({"v":{"stringValue":"x","meaning":15}})"});
  EXPECT_EQ(planned.columns, "v:string");
  EXPECT_THAT(planned.decisions, ElementsAre("v: some values are indexed and some are not: the flag is left out",
                                             "v: meanings differ: they are left out"));
}

TEST(Plan, WhatVariantsShareIsSaidOnce) {
  const Planned planned = Plan({R"({"v":{"stringValue":"x"}})", R"({"v":{"meaning":15,"stringValue":"x"}})",
                                R"({"v":{"integerValue":"1"}})", R"({"v":{"integerValue":"1","meaning":15}})"},
                               ConflictPolicy::kVariants);
  EXPECT_THAT(planned.decisions,
              ElementsAre("v: integer in 2 values, string in 2: variants", "v: meanings differ: they are left out"));
}

TEST(Plan, PlacesAreShortInSentences) {
  EXPECT_EQ(PlaceOf({"", "Order"}, "address.zip"), "Order: address.zip");
  EXPECT_EQ(PlaceOf({"eu", "Order"}, ""), "eu/Order");
  const std::string name(1500, 'n'), shown = std::string(80, 'n') + "…";
  EXPECT_EQ(PlaceOf({name, name}, name), StrCat(shown, "/", shown, ": ", shown));
  const Planned planned = Plan({R"({")" + name + R"(":{"integerValue":"1"}})"});
  EXPECT_THAT(planned.decisions, ElementsAre(name + ": the column is called " + shown));
}

TEST(Plan, Names) {
  const Planned planned =
      Plan({R"({"a b":{"mapValue":{"fields":{"1":{"integerValue":"1"},"_1":{"integerValue":"1"}}}},)"
            R"("a_b":{"integerValue":"1"},"__KEY__":{"integerValue":"1"},"__deleted__":{"integerValue":"1"}})"});
  EXPECT_EQ(planned.columns,
            "__KEY___2:integer=__KEY__, __deleted___2:integer=__deleted__, "
            "a_b_2:struct=a b(_1_2:integer=1, _1:integer), a_b:integer");
  EXPECT_THAT(planned.decisions,
              ElementsAre("__KEY__: the column is called __KEY___2", "__deleted__: the column is called __deleted___2",
                          "a b: the column is called a_b_2", "a b.1: the column is called _1_2"));
}

TEST(Plan, Deletions) {
  const Planned planned =
      PlanLines(TypedLine("A", 1, R"({"a":{"booleanValue":true}})") +
                    "{\"key\":{\"database\":\"\",\"namespace\":\"\",\"path\":[[\"A\",1]]},\"op\":\"delete\"}\n",
                ConflictPolicy::kJson);
  EXPECT_EQ(planned.columns, "__deleted__:boolean key, a:boolean");
  EXPECT_THAT(planned.decisions, ElementsAre(": 1 deletion: column __deleted__"));
}

TEST(Plan, DeepNestingIsJson) {
  std::string value = R"({"integerValue":"1"})";
  for (int i = 0; i < 40; ++i) value = StrCat(R"({"mapValue":{"fields":{"m":)", value, "}}}");
  const std::string record = StrCat(R"({"m":)", value, "}");
  for (const ConflictPolicy policy : {ConflictPolicy::kJson, ConflictPolicy::kVariants}) {
    const SchemaPlan plan = PlanSchema(SketchOf(TypedLine("A", 1, record)), policy);
    int levels = 0;
    const Column* at = &plan.schema.kinds.begin()->second.columns.back();
    for (; at->type == ColumnType::kStruct; at = &at->children[0]) ++levels;
    EXPECT_EQ(levels, kMostLevels);
    EXPECT_EQ(at->type, ColumnType::kJson);
    ASSERT_EQ(plan.decisions.size(), 1u);
    EXPECT_THAT(plan.decisions[0].what, HasSubstr("more than 15 levels deep: JSON text"));
  }
}

TEST(Plan, OpenMapsAndKindsAreJson) {
  const std::string name("12345678\0\0\0\0\0\0\0\0", 16);
  SchemaSketch sketch;
  FieldTable& table = sketch[{"", "A"}].table;
  const uint32_t v = table.Field(FieldTable::kRoot, FieldTable::kNone, std::string_view(name).substr(0, 8));
  table.Count(v, static_cast<uint32_t>(Type::kMap), 1);
  table.Open(v);
  sketch[{"", "B"}].table.Open(FieldTable::kRoot);
  sketch[{"", "C"}];
  const SchemaPlan plan = PlanSchema(sketch, ConflictPolicy::kJson);
  EXPECT_EQ(Shown({plan.schema.Find("", "A")->columns.back()}), "_12345678:json=12345678");
  EXPECT_EQ(Shown({plan.schema.Find("", "B")->columns.back()}), "__properties__:json");
  EXPECT_EQ(plan.schema.Find("", "C")->columns, KeyColumns());
  ASSERT_EQ(plan.decisions.size(), 3u);
  EXPECT_THAT(plan.decisions[2].what, HasSubstr("all properties are JSON text in __properties__"));
}

TEST(Plan, PolicyNames) {
  for (const ConflictPolicy policy : {ConflictPolicy::kJson, ConflictPolicy::kWiden, ConflictPolicy::kVariants}) {
    EXPECT_EQ(ParseConflictPolicy(ConflictPolicyName(policy)), policy);
  }
  EXPECT_EQ(ParseConflictPolicy("cut"), std::nullopt);
}

// ------------------------------------------------------------ whatever the records

void ExpectCleanNames(const std::vector<Column>& columns) {
  std::set<std::string> names;
  for (const Column& column : columns) {
    std::string lower = column.name;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    EXPECT_TRUE(names.insert(lower).second) << column.name;
    EXPECT_FALSE(column.name.empty());
    ExpectCleanNames(column.children);
  }
}

// Every field of the sketch has its column, or is in JSON text.
void ExpectReachable(const FieldSketch& sketch, const std::vector<Column>& columns);

void ExpectHolds(const FieldSketch& sketch, const Column& column) {
  switch (column.type) {
    case ColumnType::kJson:
      return;
    case ColumnType::kStruct:
      return column.wrapped ? ExpectHolds(sketch, column.children[0]) : ExpectReachable(sketch, column.children);
    case ColumnType::kList:
      if (sketch.elements()) ExpectHolds(*sketch.elements(), column.children[0]);
      return;
    case ColumnType::kVariants:
      for (const Column& variant : column.children) ExpectHolds(sketch, variant);
      return;
    default:
      EXPECT_TRUE(column.children.empty());
  }
}

void ExpectReachable(const FieldSketch& sketch, const std::vector<Column>& columns) {
  size_t found = 0;
  for (const FieldSketch& field : sketch.fields()) {
    for (const Column& column : columns) {
      if (column.key || column.field != field.name()) continue;
      ++found;
      ExpectHolds(field, column);
    }
  }
  EXPECT_EQ(found, sketch.fields().size());
}

TEST(Plan, KeepsItsPromisesForAnyRecords) {
  for (uint32_t seed = 0; seed < 30; ++seed) {
    const SchemaSketch sketch = SketchOf(RandomLines(seed, 60));
    for (const ConflictPolicy policy : {ConflictPolicy::kJson, ConflictPolicy::kWiden, ConflictPolicy::kVariants}) {
      const SchemaPlan plan = PlanSchema(sketch, policy);
      ASSERT_EQ(plan.schema.kinds.size(), sketch.size());
      for (const auto& [name, kind] : plan.schema.kinds) {
        ExpectCleanNames(kind.columns);
        ExpectReachable(sketch.at(name).root(), kind.columns);
      }
      const std::string json = ToJson(plan.schema);
      const auto read = ParseSchemaJson(json, "s");
      ASSERT_TRUE(read.ok()) << read.status();  // so children and order are as promised
      EXPECT_EQ(*read, plan.schema);
      const auto decoded = DecodeKindSketch(Encode(sketch.begin()->second));
      ASSERT_TRUE(decoded.ok());
      SchemaPlan again;
      PlanKind(sketch.begin()->first, *decoded, policy, &again);
      EXPECT_EQ(again.schema.kinds.begin()->second, plan.schema.kinds.begin()->second);
    }
  }
}

}  // namespace
}  // namespace datahaul

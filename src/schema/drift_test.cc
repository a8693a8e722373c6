#include "schema/drift.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/text.h"
#include "model/schema_json.h"
#include "schema/plan.h"
#include "schema/sketcher.h"
#include "testing/random_records.h"
#include "testing/typed_records.h"

namespace datahaul {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Schema SchemaOfLines(const std::string& lines, ConflictPolicy policy) {
  const TypedRecords records(lines);
  Sketcher sketcher;
  for (const Record& record : records.records()) sketcher.Add(record);
  return PlanSchema(sketcher.Take(), policy).schema;
}

// Of records of kind A with these properties.
Schema SchemaOf(std::vector<std::string_view> properties, ConflictPolicy policy = ConflictPolicy::kVariants) {
  std::string lines;
  for (const std::string_view text : properties) lines += TypedLine("A", 1, text);
  return SchemaOfLines(lines, policy);
}

std::vector<std::string> Shown(const std::vector<Difference>& differences) {
  std::vector<std::string> texts;
  for (const Difference& difference : differences) {
    texts.push_back(StrCat(difference.path, ": ", difference.what, " (", DriftName(difference.drift), ")"));
  }
  return texts;
}

constexpr std::string_view kInt = R"({"v":{"integerValue":"1"}})", kText = R"({"v":{"stringValue":"x"}})",
                           kNull = R"({"v":{"nullValue":null}})", kNothing = "{}",
                           kMap = R"({"v":{"mapValue":{"fields":{"a":{"integerValue":"1"}}}}})",
                           kMapB = R"({"v":{"mapValue":{"fields":{"b":{"stringValue":"x"}}}}})",
                           kEmptyMap = R"({"v":{"mapValue":{"fields":{}}}})",
                           kInts = R"({"v":{"arrayValue":{"values":[{"integerValue":"1"}]}}})",
                           kTexts = R"({"v":{"arrayValue":{"values":[{"stringValue":"x"}]}}})",
                           kEmptyList = R"({"v":{"arrayValue":{"values":[]}}})";

TEST(Drift, Differences) {
  const struct {
    std::vector<std::string_view> earlier, now;
    std::vector<std::string> differences;
  } cases[] = {
      {{kInt}, {kInt, kNull, kNothing}, {}},
      {{kNothing}, {kInt}, {"v: new: integer (additive)"}},
      {{kInt}, {kNothing}, {"v: integer before, not there any more (absent)"}},
      {{kInt}, {kText}, {"v: integer before, string now (breaking)"}},
      {{kInt}, {kInt, kText}, {"v: integer before, variants now (breaking)"}},
      {{kInt}, {kNull}, {}},
      {{kNull}, {kInt}, {"v: string before, integer now (breaking)"}},
      {{kMap}, {kMap, kMapB}, {"v.b: new: string (additive)"}},
      {{kMap}, {kMapB}, {"v.a: integer before, not there any more (absent)", "v.b: new: string (additive)"}},
      {{kMap}, {kEmptyMap}, {}},
      {{kText}, {kEmptyMap}, {"v: string before, json now (breaking)"}},
      {{kInts}, {kTexts}, {"v[]: integer before, string now (breaking)"}},
      {{kInts}, {kEmptyList}, {}},
      {{kInt, kText}, {kText, kMap}, {"v: integer before, not there any more (absent)", "v: new: struct (additive)"}},
      {{R"({"a b":{"integerValue":"1"}})"},
       {R"({"a b":{"integerValue":"1"},"a_b":{"integerValue":"1"}})"},
       {"a b: called a_b before, a_b_2 now (breaking)", "a_b: new: integer (additive)"}},
  };
  for (const auto& [earlier, now, differences] : cases) {
    EXPECT_EQ(Shown(Compare(SchemaOf(earlier), SchemaOf(now))), differences);
  }
}

TEST(Drift, Kinds) {
  const std::string a = TypedLine("A", 1, "{}"), b = TypedLine("B", 1, "{}"), c = TypedLine("C", 1, "{}");
  const Schema earlier = SchemaOfLines(a + b, ConflictPolicy::kJson), now = SchemaOfLines(b + c, ConflictPolicy::kJson);
  const std::vector<Difference> differences = Compare(earlier, now);
  EXPECT_THAT(Shown(differences), ElementsAre(": not there any more (absent)", ": a new kind (additive)"));
  EXPECT_EQ(differences[0].kind.kind, "A");
  EXPECT_EQ(differences[1].kind.kind, "C");
  EXPECT_EQ(Adapt(earlier, now, Conflict::kNow), now);
}

TEST(Drift, WidenedNumbersAndDeletions) {
  const std::string_view real = R"({"v":{"doubleValue":1.5}})";
  const Schema doubles = SchemaOf({real}, ConflictPolicy::kWiden),
               both = SchemaOf({real, kInt}, ConflictPolicy::kWiden);
  EXPECT_THAT(Shown(Compare(doubles, both)), ElementsAre("v: integers as well now (additive)"));
  EXPECT_EQ(Adapt(both, doubles, Conflict::kNow), both);
  const Schema deletions =
      SchemaOfLines("{\"key\":{\"database\":\"\",\"namespace\":\"\",\"path\":[[\"A\",1]]},\"op\":\"delete\"}\n",
                    ConflictPolicy::kJson);
  EXPECT_THAT(Shown(Compare(SchemaOf({kNothing}), deletions)), ElementsAre("__deleted__: new: boolean (additive)"));
}

TEST(Drift, AllPropertiesInOne) {
  Schema one = SchemaOf({kNothing}), many = SchemaOf({kInt});
  Column all;
  all.name = kPropertiesColumn;
  all.type = ColumnType::kJson;
  one.kinds.begin()->second.columns.push_back(all);
  EXPECT_THAT(Shown(Compare(many, one)),
              ElementsAre(": a column for each property before, JSON text of all properties now (breaking)"));
  EXPECT_EQ(Adapt(one, many, Conflict::kNow), one);  // which holds everything
  EXPECT_EQ(Adapt(many, one, Conflict::kNow), one);
  EXPECT_EQ(Adapt(many, one, Conflict::kEarlier), many);
}

TEST(Drift, AdaptingLeavesNothingButWhatBreaks) {
  const struct {
    std::vector<std::string_view> earlier, now;
    std::vector<std::string> left;  // differences of the earlier to the adapted schema
  } cases[] = {
      {{kInt}, {kNothing}, {}},
      {{kInt}, {kNull}, {}},
      {{kMap}, {kMapB}, {"v.b: new: string (additive)"}},
      {{kMap}, {kEmptyMap}, {}},
      {{kInts}, {kEmptyList}, {}},
      {{kInt, kText}, {kInt}, {}},
      {{kInt, kText}, {kMap}, {"v: new: struct (additive)"}},
      {{kInt}, {kText}, {"v: integer before, string now (breaking)"}},
      {{R"({"a b":{"integerValue":"1"}})"},
       {R"({"a b":{"integerValue":"1"},"a_b":{"integerValue":"1"}})"},
       {"a_b: new: integer (additive)"}},
  };
  for (const auto& [before, after, left] : cases) {
    const Schema earlier = SchemaOf(before);
    EXPECT_EQ(Shown(Compare(earlier, Adapt(earlier, SchemaOf(after), Conflict::kNow))), left);
  }
  const Schema earlier = SchemaOf({kInt});
  EXPECT_EQ(Adapt(earlier, SchemaOf({kText}), Conflict::kEarlier), earlier);
  const Schema json = SchemaOf({kInt, kText}, ConflictPolicy::kJson);
  EXPECT_EQ(Adapt(json, SchemaOf({kMap}), Conflict::kNow), json);
}

TEST(Drift, NothingBreaksWithTheEarlierTypes) {
  for (uint32_t seed = 0; seed < 30; ++seed) {
    for (const ConflictPolicy policy : {ConflictPolicy::kJson, ConflictPolicy::kVariants}) {
      const Schema earlier = SchemaOfLines(RandomLines(seed, 10), policy),
                   now = SchemaOfLines(RandomLines(seed + 100, 10), policy);
      EXPECT_THAT(Compare(now, now), IsEmpty());
      EXPECT_EQ(Adapt(now, now, Conflict::kNow), now);
      const Schema adapted = Adapt(earlier, now, Conflict::kEarlier);
      for (const Difference& difference : Compare(earlier, adapted)) {
        EXPECT_NE(difference.drift, Drift::kBreaking) << difference.path << ": " << difference.what;
        if (difference.path.empty()) continue;  // a kind that is absent stays so
        EXPECT_NE(difference.drift, Drift::kAbsent) << difference.path << ": " << difference.what;
      }
      const auto read = ParseSchemaJson(ToJson(adapted), "adapted");  // keeps the promises as to order
      EXPECT_TRUE(read.ok()) << read.status();
    }
  }
}

}  // namespace
}  // namespace datahaul

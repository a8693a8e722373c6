#include "schema/fit.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "schema/plan.h"
#include "schema/sketcher.h"
#include "testing/random_records.h"
#include "testing/typed_records.h"

namespace datahaul {
namespace {

Schema SchemaOf(const TypedRecords& records, ConflictPolicy policy) {
  Sketcher sketcher;
  for (const Record& record : records.records()) sketcher.Add(record);
  return PlanSchema(sketcher.Take(), policy).schema;
}

constexpr std::string_view kInt = R"({"v":{"integerValue":"1"}})", kText = R"({"v":{"stringValue":"x"}})",
                           kReal = R"({"v":{"doubleValue":1.5}})";

TEST(Fit, SaysWhatDoesNot) {
  const struct {
    std::vector<std::string_view> planned;
    ConflictPolicy policy;
    std::string_view record;
    std::string why;  // "" = fits
  } cases[] = {
      {{kInt}, ConflictPolicy::kJson, kInt, ""},
      {{kInt}, ConflictPolicy::kJson, R"({"v":{"integerValue":"7","indexed":true,"meaning":3}})", ""},
      {{kInt}, ConflictPolicy::kJson, "{}", ""},
      {{kInt}, ConflictPolicy::kJson, R"({"v":{"nullValue":null},"w":{"nullValue":null}})", ""},
      {{kInt}, ConflictPolicy::kJson, kText, R"(field "v": expected integer, found string)"},
      {{kInt},
       ConflictPolicy::kJson,
       R"({"v":{"integerValue":"1"},"w":{"integerValue":"1"}})",
       R"(field "w": expected no field of this name, found integer)"},
      {{kInt},
       ConflictPolicy::kJson,
       R"({"a":{"integerValue":"1"},"v":{"integerValue":"1"}})",
       R"(field "a": expected no field of this name, found integer)"},
      {{kInt, kText}, ConflictPolicy::kJson, kReal, ""},
      {{kInt, kText}, ConflictPolicy::kVariants, kText, ""},
      {{kInt, kText}, ConflictPolicy::kVariants, kReal, R"(field "v": expected variants, found double)"},
      {{kInt, kReal}, ConflictPolicy::kWiden, kInt, ""},
      {{kInt, kReal},
       ConflictPolicy::kWiden,
       R"({"v":{"integerValue":"9007199254740993"}})",
       R"(field "v": expected an integer that a double holds exactly, found a larger one)"},
      {{kReal}, ConflictPolicy::kWiden, kInt, R"(field "v": expected double, found integer)"},
      {{R"({"m":{"mapValue":{"fields":{"l":{"arrayValue":{"values":[{"integerValue":"1"}]}}}}}})"},
       ConflictPolicy::kJson,
       R"({"m":{"mapValue":{"fields":{"l":{"arrayValue":{"values":[{"integerValue":"1"},{"stringValue":"x"}]}}}}}})",
       R"(field "m.l[]": expected integer, found string)"},
      {{R"({"l":{"arrayValue":{"values":[{"mapValue":{"fields":{"a":{"integerValue":"1"}}}}]}}})"},
       ConflictPolicy::kJson,
       R"({"l":{"arrayValue":{"values":[{"mapValue":{"fields":{"a":{"stringValue":"x"}}}}]}}})",
       R"(field "l[].a": expected integer, found string)"},
      {{R"({"m":{"mapValue":{"fields":{"a":{"integerValue":"1"}}}}})"},
       ConflictPolicy::kJson,
       R"({"m":{"mapValue":{"fields":{},"key":{"database":"","namespace":"","path":[["R",1]]}}}})",
       R"(field "m": expected a map without a key, found one with a key)"},
  };
  for (const auto& [planned, policy, text, why] : cases) {
    std::string lines;
    for (const std::string_view properties : planned) lines += TypedLine("A", 1, properties);
    const TypedRecords before(lines), now(TypedLine("A", 1, text));
    const Schema schema = SchemaOf(before, policy);
    const KindSchema& kind = *schema.Find("", "A");
    EXPECT_EQ(WhyMisfit(now.records()[0], kind), why) << text;
    EXPECT_EQ(Fits(now.records()[0], kind), why.empty()) << text;
    for (const Record& record : before.records()) EXPECT_TRUE(Fits(record, kind));
  }
}

TEST(Fit, Deletions) {
  const TypedRecords records(
      "{\"key\":{\"database\":\"\",\"namespace\":\"\",\"path\":[[\"A\",1]]},\"op\":\"delete\"}\n");
  KindSchema schema;
  schema.columns = KeyColumns();
  EXPECT_EQ(WhyMisfit(records.records()[0], schema), "expected no deletion, found one");
  EXPECT_TRUE(Fits(records.records()[0], *SchemaOf(records, ConflictPolicy::kJson).Find("", "A")));
}

TEST(Fit, EveryRecordFitsWhatWasPlannedForIt) {
  for (uint32_t seed = 0; seed < 30; ++seed) {
    const TypedRecords records(RandomLines(seed, 60)), others(RandomLines(seed + 500, 60));
    for (const ConflictPolicy policy : {ConflictPolicy::kJson, ConflictPolicy::kWiden, ConflictPolicy::kVariants}) {
      const Schema schema = SchemaOf(records, policy);
      for (const Record& record : records.records()) {
        const KindSchema& kind = *schema.Find("", record.key->kind());
        EXPECT_TRUE(Fits(record, kind)) << WhyMisfit(record, kind);
      }
      for (const Record& record : others.records()) {
        const KindSchema* kind = schema.Find("", record.key->kind());
        if (kind == nullptr) continue;
        EXPECT_EQ(Fits(record, *kind), WhyMisfit(record, *kind).empty());
      }
    }
  }
}

}  // namespace
}  // namespace datahaul

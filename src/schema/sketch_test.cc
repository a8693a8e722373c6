#include "schema/sketch.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/text.h"
#include "schema/sketcher.h"
#include "testing/random_records.h"
#include "testing/typed_records.h"

namespace datahaul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

KindSketch SketchOf(const std::string& lines) {
  const TypedRecords records(lines);
  KindSketch sketch;
  for (const Record& record : records.records()) Add(record, &sketch);
  return sketch;
}

KindSketch SketchOfProperties(std::initializer_list<std::string_view> properties) {
  std::string lines;
  for (const std::string_view text : properties) lines += TypedLine("A", 1, text);
  return SketchOf(lines);
}

std::vector<std::string> NamesOf(const FieldSketch& sketch) {
  std::vector<std::string> names;
  for (const FieldSketch& field : sketch.fields()) names.emplace_back(field.name());
  return names;
}

FieldSketch FieldOf(const FieldSketch& sketch, std::string_view name) {
  for (const FieldSketch& field : sketch.fields()) {
    if (field.name() == name) return field;
  }
  ADD_FAILURE() << "no field " << name;
  return sketch;
}

TEST(Sketch, CountsRecords) {
  const KindSketch sketch =
      SketchOf(R"({"key":{"database":"","namespace":"","path":[["A",1]]},"properties":{}})"
               "\n"
               R"({"key":{"database":"","namespace":"","path":[["A","x"]]},"op":"delete"})"
               "\n"
               R"({"key":{"database":"","namespace":"","path":[["A",null]]},"properties":{},"unknown":"AAAA"})"
               "\n");
  EXPECT_EQ(sketch.records, 3u);
  EXPECT_EQ(sketch.deletions, 1u);
  EXPECT_EQ(sketch.unknown, 1u);
  EXPECT_THAT(sketch.keys, ElementsAre(1, 1, 1));
  EXPECT_EQ(sketch.root().present(), 2u);
}

TEST(Sketch, CountsValuesByTypeIndexedAndMeaning) {
  const KindSketch sketch = SketchOfProperties({
      R"({"s":{"stringValue":"a","indexed":true}})",
      R"({"s":{"stringValue":"b","meaning":15}})",
      R"({"s":{"stringValue":"c","indexed":true}})",
      R"({"s":{"integerValue":"1","indexed":true}})",
      R"({"s":{"integerValue":"2","indexed":true,"meaning":5}})",
      R"({"s":{"nullValue":null}})",
      R"({})",
  });
  const FieldSketch s = FieldOf(sketch.root(), "s");
  EXPECT_EQ(s.present(), 6u);
  EXPECT_EQ(s.indexed(), 4u);
  EXPECT_EQ(s.count(Type::kString), 3u);
  EXPECT_EQ(s.count(Type::kInt), 2u);
  EXPECT_EQ(s.count(Type::kNull), 1u);
  EXPECT_EQ(s.common(Type::kString).indexed, std::nullopt);
  EXPECT_EQ(s.common(Type::kString).meaning, std::nullopt);
  EXPECT_EQ(s.common(Type::kInt).indexed, true);
  EXPECT_EQ(s.common(Type::kInt).meaning, std::nullopt);
  EXPECT_EQ(s.common(Type::kNull).indexed, false);
  EXPECT_EQ(s.common(Type::kNull).meaning, 0);
}

TEST(Sketch, TellsIntegersThatNoDoubleHolds) {
  const struct {
    int64_t integer;
    bool exact;
  } cases[] = {{0, true},
               {-1, true},
               {int64_t{1} << 53, true},
               {(int64_t{1} << 53) + 1, false},
               {(int64_t{1} << 53) + 2, true},
               {-(int64_t{1} << 53) - 1, false},
               {-(int64_t{1} << 53) - 2, true},
               {INT64_MAX, false},
               {INT64_MIN, true},
               {int64_t{1} << 62, true}};
  for (const auto& [integer, exact] : cases) {
    const KindSketch sketch = SketchOfProperties({StrCat(R"({"n":{"integerValue":")", integer, R"("}})")});
    EXPECT_EQ(FieldOf(sketch.root(), "n").inexact(), exact ? 0u : 1u) << integer;
    EXPECT_EQ(FieldOf(sketch.root(), "n").present(), 1u);
  }
}

TEST(Sketch, FollowsMapsAndLists) {
  const KindSketch sketch = SketchOfProperties({
      R"({"m":{"mapValue":{"fields":{"b":{"integerValue":"1"},"a":{"nullValue":null}}}}})",
      R"({"m":{"mapValue":{"fields":{},"key":{"database":"","namespace":"","path":[]}}}})",
      R"({"m":{"arrayValue":{"values":[{"mapValue":{"fields":{"c":{"booleanValue":true}}}},{"integerValue":"5"}]}}})",
      R"({"m":{"arrayValue":{"values":[]}},"e":{"arrayValue":{"values":[]}}})",
  });
  const FieldSketch m = FieldOf(sketch.root(), "m");
  EXPECT_THAT(NamesOf(m), ElementsAre("a", "b"));
  EXPECT_EQ(m.keyed(), 1u);
  EXPECT_EQ(m.count(Type::kArray), 2u);
  ASSERT_TRUE(m.elements());
  EXPECT_EQ(m.elements()->present(), 2u);
  EXPECT_THAT(NamesOf(*m.elements()), ElementsAre("c"));
  EXPECT_FALSE(FieldOf(sketch.root(), "e").elements());
}

TEST(Sketch, FieldsInAnyOrderAndOfAnyNumber) {
  for (const int fields : {1, 5, 16, 17, 40, 1000}) {
    std::vector<std::string> members;
    for (int i = 0; i < fields; ++i) {
      // Lengths around 8, which comparisons step by.
      members.push_back(StrCat("\"", std::string(static_cast<size_t>(i % 19), 'x'), i, R"(":{"integerValue":"1"})"));
    }
    std::mt19937 random(7);
    KindSketch sketch;
    for (int record = 0; record < 20; ++record) {
      std::shuffle(members.begin(), members.end(), random);
      std::string text;
      for (const std::string& member : members) StrAppend(&text, text.empty() ? "{" : ",", member);
      Merge(SketchOfProperties({StrCat(text, "}")}), &sketch);
    }
    const std::vector<FieldSketch> all = sketch.root().fields();
    ASSERT_EQ(all.size(), static_cast<size_t>(fields));
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](auto& a, auto& b) { return a.name() < b.name(); }));
    for (const FieldSketch& field : all) EXPECT_EQ(field.present(), 20u);
  }
}

TEST(Sketch, AnEmptyNameIsAName) {
  const KindSketch sketch =
      SketchOfProperties({R"({"":{"integerValue":"1"},"a":{"mapValue":{"fields":{"":{"booleanValue":true}}}}})",
                          R"({"":{"integerValue":"1"}})"});
  EXPECT_THAT(NamesOf(sketch.root()), ElementsAre("", "a"));
  EXPECT_EQ(sketch.root().fields()[0].present(), 2u);
}

std::string MapOf(int from, int to, std::string_view value) {
  std::string text = R"({"mapValue":{"fields":{)";
  for (int i = from; i < to; ++i) StrAppend(&text, i == from ? "" : ",", "\"id", i, "\":", value);
  return text + "}}}";
}

TEST(Sketch, MapsWithDataAsNamesOpen) {
  constexpr std::string_view kTrue = R"({"booleanValue":true})";
  const int most = static_cast<int>(FieldTable::MostPlaces(1));
  const KindSketch full = SketchOfProperties({StrCat(R"({"m":)", MapOf(0, most, kTrue), "}")});
  EXPECT_FALSE(FieldOf(full.root(), "m").open());
  const KindSketch more = SketchOfProperties({StrCat(R"({"m":)", MapOf(0, most + 1, kTrue), R"(,"n":)", kTrue, "}"),
                                              StrCat(R"({"m":)", MapOf(0, most + 1, kTrue), "}")});
  const FieldSketch m = FieldOf(more.root(), "m");
  EXPECT_TRUE(m.open());
  EXPECT_TRUE(m.fields().empty());
  EXPECT_EQ(m.count(Type::kMap), 2u);
  EXPECT_FALSE(more.root().open());
  EXPECT_EQ(FieldOf(more.root(), "n").present(), 1u);
}

TEST(Sketch, PropertiesThatAreDataOpenTheKind) {
  std::string text;
  for (uint32_t i = 0; i <= FieldTable::kMostFields; ++i) {
    StrAppend(&text, i == 0 ? "{" : ",", "\"id", i, R"(":{"booleanValue":true})");
  }
  const KindSketch sketch = SketchOfProperties({StrCat(text, "}"), R"({"x":{"integerValue":"1"}})"});
  EXPECT_TRUE(sketch.root().open());
  EXPECT_TRUE(sketch.root().fields().empty());
  EXPECT_EQ(sketch.root().present(), 2u);
}

// What is open may not depend on which map was full first.
TEST(Sketch, WhatIsOpenDoesNotDependOnOrder) {
  std::vector<KindSketch> parts;
  for (int i = 0; i < 40; ++i) {
    // Maps of 2,000, 4,000 and 6,000 ids, which pass the bound of 4,000, if they do, when parts are together; those of
    // outer3 are two, which is too much for outer3 as well.
    const int ids = i % 4 * 200;
    const std::string inner = MapOf(i * 1000, i * 1000 + ids, R"({"booleanValue":true})");
    const std::string other = i % 4 < 3 ? R"({"nullValue":null})" : inner;
    const std::string outer = StrCat(R"({"mapValue":{"fields":{"inner":)", inner, R"(,"other":)", other, "}}}");
    const std::string alone = StrCat("\"outer", i % 4, "\":", outer);
    parts.push_back(
        SketchOfProperties({StrCat("{\"both", i % 4, R"(":{"mapValue":{"fields":{"x":)", inner, "}}},", alone, "}")}));
  }
  std::string first;
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(parts.begin(), parts.end(), random);
    KindSketch sum;
    for (const KindSketch& part : parts) Merge(part, &sum);
    if (round == 0) first = Encode(sum);
    EXPECT_EQ(Encode(sum), first);
    EXPECT_FALSE(sum.root().open());
    EXPECT_TRUE(FieldOf(sum.root(), "outer3").open());
    EXPECT_FALSE(FieldOf(sum.root(), "both3").open());
    EXPECT_TRUE(FieldOf(FieldOf(sum.root(), "both3"), "x").open());
    EXPECT_EQ(FieldOf(FieldOf(sum.root(), "both2"), "x").fields().size(), 4000u);
  }
}

TEST(Sketch, LeavesOutBeyondItsBoundWhereToldSo) {
  size_t shared = 7;
  KindSketch a, b;
  a.table = FieldTable(5, &shared);
  b.table = FieldTable(5, &shared);
  std::string text;
  for (int i = 0; i < 9; ++i) StrAppend(&text, i == 0 ? "{" : ",", "\"", i, R"(":{"booleanValue":true})");
  const TypedRecords records(TypedLine("A", 1, text + "}"));
  for (int i = 0; i < 2; ++i) {
    Add(records.records()[0], &a);
    Add(records.records()[0], &b);
  }
  EXPECT_THAT(NamesOf(a.root()), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_EQ(FieldOf(a.root(), "4").present(), 2u);
  EXPECT_THAT(NamesOf(b.root()), ElementsAre("0", "1"));
  EXPECT_FALSE(a.table.complete());
  EXPECT_FALSE(b.table.complete());
  EXPECT_EQ(shared, 0u);
}

TEST(Sketch, MergesInAnyOrder) {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const TypedRecords records(RandomLines(seed, 200));
    Sketcher whole;
    for (const Record& record : records.records()) whole.Add(record);
    const SchemaSketch expected = whole.Take();

    std::mt19937 random(seed);
    std::vector<Record> shuffled = records.records();
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    std::vector<Sketcher> sketchers(7);
    for (const Record& record : shuffled) sketchers[random() % sketchers.size()].Add(record);
    SchemaSketch sum;
    for (Sketcher& sketcher : sketchers) Merge(sketcher.Take(), &sum);

    ASSERT_EQ(sum.size(), expected.size());
    for (const auto& [name, sketch] : expected) EXPECT_EQ(Encode(sum.at(name)), Encode(sketch)) << name.kind;
  }
}

TEST(Sketch, EncodingReadsBack) {
  const TypedRecords records(RandomLines(1, 40));
  Sketcher sketcher;
  for (const Record& record : records.records()) sketcher.Add(record);
  for (const auto& [name, sketch] : sketcher.Take()) {
    const std::string bytes = Encode(sketch);
    const auto decoded = DecodeKindSketch(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(Encode(*decoded), bytes);
    EXPECT_EQ(decoded->records, sketch.records);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(DecodeKindSketch(std::string_view(bytes).substr(0, size)).status().code(), absl::StatusCode::kDataLoss);
    }
    EXPECT_FALSE(DecodeKindSketch(bytes + '\0').ok());
  }
}

TEST(Sketch, HostileBytesAreErrors) {
  const std::string bytes = Encode(SketchOfProperties({
      R"({"a":{"stringValue":"x","meaning":15},"b":{"arrayValue":{"values":[{"integerValue":"1"}]}}})",
      R"({"a":{"mapValue":{"fields":{"c":{"nullValue":null}}}}})",
  }));
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = bytes;
    for (uint32_t n = 1 + random() % 3; n != 0; --n) damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto decoded = DecodeKindSketch(damaged);
    refused += !decoded.ok();
    if (decoded.ok()) (void)Encode(*decoded);
  }
  EXPECT_GT(refused, 5'000);
  EXPECT_THAT(std::string(DecodeKindSketch("\x02").status().message()), HasSubstr("expected version 1"));
  std::string deep = bytes.substr(0, 7);
  for (int i = 0; i < 1000; ++i) deep += std::string("\x04\x00", 2);
  EXPECT_THAT(std::string(DecodeKindSketch(deep).status().message()), HasSubstr("levels"));
}

// What the job's memory bound is reckoned with.
TEST(Sketch, IsSmall) {
  std::string text;
  for (const char* name :
       {"id", "name", "email", "created", "updated", "active", "score", "city", "country", "street", "zip", "phone"}) {
    StrAppend(&text, text.empty() ? "{" : ",", "\"", name, R"(":{"stringValue":"x"})");
  }
  const KindSketch small = SketchOfProperties({text + "}"});
  EXPECT_EQ(small.root().fields().size(), 12u);
  EXPECT_LT(small.table.bytes_held() + sizeof(KindSketch), 1500u);
  EXPECT_LT(Encode(small).size(), 200u);
}

TEST(Sketcher, KeepsKindsApartAndBeginsAnew) {
  const TypedRecords records(TypedLine("A", 1, R"({"x":{"integerValue":"1"}})") + TypedLine("B", 1, "{}") +
                             TypedLine("A", 2, R"({"y":{"integerValue":"1"}})"));
  Sketcher sketcher;
  for (const Record& record : records.records()) sketcher.Add(record);
  const SchemaSketch both = sketcher.Take();
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both.at({"", "A"}).records, 2u);
  EXPECT_THAT(NamesOf(both.at({"", "A"}).root()), ElementsAre("x", "y"));

  Record renumbered = records.records()[1];
  renumbered.slot = 3;  // others were not selected
  sketcher.Add(renumbered);
  const SchemaSketch one = sketcher.Take();
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one.begin()->first.kind, "B");
  EXPECT_TRUE(sketcher.Take().empty());
}

}  // namespace
}  // namespace datahaul

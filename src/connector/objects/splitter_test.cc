#include "connector/objects/splitter.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"
#include "connector/objects/object_list.h"

namespace datahaul {
namespace {

std::vector<DataObject> Sizes(const std::vector<uint64_t>& sizes) {
  std::vector<DataObject> objects;
  objects.reserve(sizes.size());
  for (uint64_t size : sizes) objects.push_back({"o", size, Compression::kNone});
  return objects;
}

FormatTraits Traits(uint64_t unit) { return {.splittable = true, .split_unit = unit}; }

std::string Text(const std::vector<SizedSpan>& pieces) {
  std::string text;
  for (const SizedSpan& piece : pieces) text += ToText(piece.span) + "=" + std::to_string(piece.bytes) + " ";
  return text;
}

TEST(Span, ReadsBackAndRefusesNonsense) {
  const Span span{{3, 65536}, 70000, {5, 0}};
  EXPECT_EQ(ToText(span), "3:65536@70000-5:0");
  EXPECT_EQ(ParseSpan(ToText(span)), span);
  EXPECT_EQ(ParsePosition("7:8"), (Position{7, 8}));
  for (const char* bad :
       {"", "1", "1:2", "1:2@3", "1:2-3:4@5", "1:2@1-3:4", "1:2@2-3", "x:2@2-3:4", "1:2@2-3:4x", "-1:2@2-3:4"}) {
    EXPECT_FALSE(ParseSpan(bad)) << bad;
  }
}

TEST(ObjectList, ReadsBackAnyNames) {
  ObjectList list;
  list.objects = {{"/a b\n\\n\t", 1, Compression::kNone},
                  {"", ~uint64_t{0}, Compression::kZstd},
                  {"x", 2, Compression::kNone, KindName{"", "a\tb"}},
                  {"csv x", 3, Compression::kNone, KindName{"n", ""}, "etag\t1"},
                  {"y", 4, Compression::kNone, std::nullopt, "\"e\""}};
  EXPECT_EQ(ParseObjectList(ToText(list))->objects, list.objects);
  EXPECT_TRUE(ParseObjectList(ToText(ObjectList()))->objects.empty());
  // As jobs of the first version have it.
  EXPECT_EQ((*ParseObjectList("objects 1\n7 none /a\tb\\n\n")).objects,
            (std::vector<DataObject>{{"/a\tb\n", 7, Compression::kNone}}));
  EXPECT_EQ(
      (*ParseObjectList("objects 2\n7 none a\n8 none b\t\tkind\n")).objects,
      (std::vector<DataObject>{{"a", 7, Compression::kNone}, {"b", 8, Compression::kNone, KindName{"", "kind"}}}));
  for (const char* bad :
       {"", "objects 4\n", "objects 1\n1 none", "objects 1\nx none a\n", "objects 1\n1 rot13 a\n", "objects 2\n1\n"}) {
    EXPECT_EQ(ParseObjectList(bad).status().code(), absl::StatusCode::kInternal) << bad;
  }
}

TEST(ObjectList, HoldsWhatTablesWereWrittenWith) {
  ObjectList list;
  EXPECT_EQ(ParseObjectList(ToText(list))->schema, nullptr);
  EXPECT_EQ(ParseObjectList(ToText(list))->csv, std::nullopt);
  Schema schema;
  schema.kinds[{"n", "line\nfeed"}].columns = KeyColumns();
  list.schema = std::make_shared<const Schema>(schema);
  list.csv = CsvOptions{.delimiter = '\t', .null = "\\N\t", .guard_formulas = true};
  EXPECT_EQ(*ParseObjectList(ToText(list))->schema, schema);
  EXPECT_EQ(ParseObjectList(ToText(list))->csv, list.csv);
}

TEST(Splitter, CutsLargeObjectsAtUnitsAndJoinsSmallOnes) {
  const auto objects = Sizes({100, 0, 5, 5, 5});
  const FormatTraits traits = Traits(32);
  const Splitter splitter(objects, traits);
  EXPECT_EQ(Text(splitter.Split(splitter.Whole(), 40)), "0:0@0-0:64=64 0:64@64-3:0=41 3:0@0-5:0=10 ");
  EXPECT_EQ(Text(splitter.Split(splitter.Whole(), 10)),
            "0:0@0-0:32=32 0:32@32-0:64=32 0:64@64-0:96=32 0:96@96-4:0=14 4:0@0-5:0=5 ");
  EXPECT_EQ(Text(splitter.Split(splitter.Whole(), 1000)), "0:0@0-5:0=115 ");
  EXPECT_EQ(Text(splitter.Split({{5, 0}, 0, {5, 0}}, 10)), "");
}

TEST(Splitter, NeverCutsWhatCantBeCut) {
  auto objects = Sizes({100, 100, 100});
  objects[1].compression = Compression::kGzip;
  const FormatTraits traits = Traits(1);
  const Splitter splitter(objects, traits);
  EXPECT_EQ(Text(splitter.Split(splitter.Whole(), 60)), "0:0@0-0:60=60 0:60@60-2:0=140 2:0@0-2:60=60 2:60@60-3:0=40 ");
  const FormatTraits whole{.splittable = false};
  EXPECT_EQ(Text(Splitter(objects, whole).Split(splitter.Whole(), 60)), "0:0@0-1:0=100 1:0@0-2:0=100 2:0@0-3:0=100 ");
}

TEST(Splitter, RestBeginsAtAUnitStrictlyBeforeTheCursor) {
  const auto objects = Sizes({100, 100});
  const FormatTraits traits = Traits(32);
  const Splitter splitter(objects, traits);
  const Span whole = splitter.Whole();
  EXPECT_EQ(ToText(splitter.Rest(whole, {0, 0})), "0:0@0-2:0");
  EXPECT_EQ(ToText(splitter.Rest(whole, {0, 70})), "0:64@70-2:0");
  EXPECT_EQ(ToText(splitter.Rest(whole, {0, 64})), "0:32@64-2:0");
  EXPECT_EQ(ToText(splitter.Rest(whole, {0, 100})), "1:0@0-2:0");
  EXPECT_EQ(ToText(splitter.Rest({{0, 64}, 64, {0, 96}}, {0, 80})), "0:64@80-0:96");
  EXPECT_EQ(ToText(splitter.Rest({{0, 64}, 64, {0, 96}}, {0, 98})), "1:0@0-0:96");  // its last record ended behind it
  EXPECT_TRUE(splitter.Split(splitter.Rest({{0, 64}, 64, {0, 96}}, {0, 98}), 10).empty());
  EXPECT_EQ(ToText(splitter.Rest({{0, 64}, 80, {2, 0}}, {0, 70})), "0:64@80-2:0");
}

TEST(Splitter, PiecesAdjoinAndAddUp) {
  Random random(1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<uint64_t> sizes(1 + random.Below(6));
    for (uint64_t& size : sizes) size = random.Below(4) == 0 ? 0 : random.Below(500);
    auto objects = Sizes(sizes);
    for (DataObject& object : objects) {
      if (random.Below(5) == 0) object.compression = Compression::kGzip;
    }
    const FormatTraits traits = Traits(1 + random.Below(64));
    const Splitter splitter(objects, traits);
    uint64_t total = 0, sum = 0;
    for (uint64_t size : sizes) total += size;
    Position at{0, 0};
    for (const SizedSpan& piece : splitter.Split(splitter.Whole(), 1 + random.Below(300))) {
      ASSERT_EQ(piece.span.begin, at);
      ASSERT_EQ(piece.span.resume, at.offset);
      ASSERT_LT(piece.span.begin, piece.span.end);
      ASSERT_EQ(piece.span.end.offset % traits.split_unit, 0u);
      at = piece.span.end;
      sum += piece.bytes;
    }
    ASSERT_EQ(at, splitter.Whole().end);
    ASSERT_EQ(sum, total);
  }
}

}  // namespace
}  // namespace datahaul

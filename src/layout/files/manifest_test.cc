#include "layout/files/manifest.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/json_string.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;

Manifest Example() {
  Manifest manifest;
  manifest.tool = "datahaul 0.1.0";
  manifest.job = "20260102-abc";
  manifest.source = "/data/\"quoted\"\n";
  manifest.selection = {{"Order", ""}, {""}, 12};
  manifest.format = "typed-ndjson";
  manifest.compression = "gzip";
  manifest.layout = "kind";
  manifest.complete = true;
  manifest.objects = {{"Order.typed.ndjson.gz", uint64_t{1} << 63, 0xfedcba98, 7, KindName{"", "Order"}},
                      {"data", 1, 1, 2, std::nullopt}};
  manifest.rejects = {"_rejects/rejects.ndjson", 10, 3, 0, std::nullopt};
  manifest.kinds = {{{"", "Order"}, {10, 7, 2, 1}, {~uint64_t{0}, 1}}, {{"eu", "\xc3\xa4"}, {2, 2, 0, 0}, {}}};
  manifest.counters = {{"bytes_in", 5}, {"non_finite", 1}};
  manifest.notes = {"one", "two"};
  return manifest;
}

TEST(Manifest, ReadsBackWhatItWrote) {
  const std::string json = ToJson(Example());
  const auto read = ParseManifest(json, "m");
  ASSERT_TRUE(read.ok()) << read.status() << json;
  EXPECT_EQ(*read, Example());
  EXPECT_EQ(ToJson(*read), json);
  EXPECT_THAT(json, HasSubstr("\"records\":9"));
  EXPECT_THAT(json, HasSubstr("\"crc32c\":\"fedcba98\""));
  const auto empty = ParseManifest(ToJson(Manifest()), "m");
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(*empty, Manifest());
}

TEST(Manifest, UnknownMembersArePassedOver) {
  std::string json = ToJson(Example());
  json.insert(1, "\"later\":{\"x\":[1]},");
  EXPECT_EQ(*ParseManifest(json, "m"), Example());
}

TEST(Manifest, SaysWhatIsWrongWhere) {
  const auto error = [](std::string from, const std::string& to) {
    std::string json = ToJson(Example());
    json.replace(json.find(from), from.size(), to);
    return ParseManifest(json, "out/manifest.json").status().ToString();
  };
  EXPECT_THAT(error("\"version\":1", "\"version\":2"),
              HasSubstr("expected version 1 (a newer datahaul may be needed; found 2)"));
  EXPECT_THAT(error("\"gzip\"", "7"), HasSubstr("expected a string in manifest.compression"));
  EXPECT_THAT(error("fedcba98", "fedcba9"), HasSubstr("expected 8 hexadecimal digits in manifest.objects[0].crc32c"));
  EXPECT_THAT(error("\"data\"", "\"../data\""), HasSubstr("file below this folder in manifest.objects[1].name"));
  EXPECT_THAT(error("\"records\":9", "\"records\":8"), HasSubstr("the sum of all records written"));
  EXPECT_THAT(error("\"complete\":true", "\"completely\":true"),
              HasSubstr("reading out/manifest.json: expected a manifest"));
}

TEST(Manifest, CutOrFlippedIsAnErrorOrDifferentButNeverACrash) {
  const std::string json = ToJson(Example());
  for (size_t i = 0; i + 2 < json.size(); ++i) EXPECT_FALSE(ParseManifest(json.substr(0, i), "m").ok()) << i;
  for (size_t i = 0; i < json.size(); ++i) {
    std::string damaged = json;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    const auto read = ParseManifest(damaged, "m");
    if (read.ok()) ToJson(*read);
  }
  for (const char* text : {"", "[]", "null", "{}", "{\"version\":-1}", "\xff"})
    EXPECT_FALSE(ParseManifest(text, "m").ok());
}

TEST(JsonString, EscapesAndStaysUtf8) {
  const auto json = [](std::string_view text) {
    std::string out;
    AppendJsonString(&out, text);
    return out;
  };
  EXPECT_EQ(json("a\"\\\n\x01\xc3\xa4"), "\"a\\\"\\\\\\u000a\\u0001\xc3\xa4\"");
  EXPECT_EQ(json("a\xff"), "\"a\xEF\xBF\xBD\"");
}

TEST(Manifest, TablesSayTheirColumnsAndSpelling) {
  Manifest manifest;
  manifest.schema.emplace().kinds[{"n", "\"k\""}].columns = KeyColumns();
  manifest.csv = CsvOptions{.delimiter = '\t', .null = "\\N", .guard_formulas = true};
  const auto parsed = ParseManifest(ToJson(manifest), "m");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, manifest);
  EXPECT_FALSE(ParseManifest(ToJson(Manifest()), "m")->schema.has_value());
  std::string broken = ToJson(manifest);
  broken.replace(broken.find("reference"), 9, "nonsense!");
  EXPECT_EQ(ParseManifest(broken, "m").status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace datahaul

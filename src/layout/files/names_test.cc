#include "layout/files/names.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace datahaul {
namespace {

std::string KindName(std::string_view ns, std::string_view kind) {
  return DataFileName(FileLayout::kKind, ns, kind, 0, ".ndjson");
}

TEST(EncodeName, KeepsWhatIsSafeAndEncodesTheRest) {
  EXPECT_EQ(EncodeName("Order_2.x-y"), "Order_2.x-y");
  EXPECT_EQ(EncodeName("a/b c%\xc3\xa4\n"), "a%2Fb%20c%25%C3%A4%0A");
  EXPECT_EQ(EncodeName(""), "%");
  EXPECT_EQ(EncodeName("%"), "%25");
  EXPECT_EQ(EncodeName("."), "%2E");
  EXPECT_EQ(EncodeName(".."), "%2E.");
  EXPECT_EQ(EncodeName("_rejects"), "_rejects");
}

TEST(EncodeName, LongNamesAreCutAndStayDifferent) {
  const std::string longest(200, 'a');
  EXPECT_EQ(EncodeName(longest), longest);
  std::set<std::string> names;
  for (const std::string& end : {std::string("a"), std::string("b"), std::string("ab"), std::string(1000, 'c')}) {
    const std::string name = EncodeName(longest + end);
    EXPECT_LE(name.size(), 200u);
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_NE(EncodeName(name), name) << "a cut name can't be anybody's own";
  }
  // The cut never leaves half of an escape: %, two digits.
  for (size_t shift = 0; shift < 3; ++shift) {
    const std::string name = EncodeName(std::string(shift, 'x') + std::string(300, '/'));
    EXPECT_LE(name.size(), 200u);
    EXPECT_EQ((name.find("%-") - shift) % 3, 0u) << name;
  }
}

TEST(EncodeName, TheHashIsForEver) {  // FNV-1a, 128 bits, of 201 times "a", from another implementation
  EXPECT_EQ(EncodeName(std::string(201, 'a')), std::string(166, 'a') + "%-bde41bf94e191fa507fd06b2a4e7d57c");
}

TEST(DataFileName, Layouts) {
  EXPECT_EQ(KindName("", "Order"), "Order.ndjson");
  EXPECT_EQ(KindName("eu", "Order"), "eu/Order.ndjson");
  EXPECT_EQ(KindName("eu", ""), "eu/%.ndjson");
  EXPECT_EQ(DataFileName(FileLayout::kNamespace, "", "Order", 0, ".csv.gz"), "%.csv.gz");
  EXPECT_EQ(DataFileName(FileLayout::kNamespace, "eu", "Order", 0, ".csv"), "eu.csv");
  EXPECT_EQ(DataFileName(FileLayout::kSingle, "eu", "Order", 3, ".typed.ndjson"), "data.typed.ndjson");
  EXPECT_EQ(DataFileName(FileLayout::kShard, "eu", "Order", 3, ".ndjson"), "shard-00003.ndjson");
  EXPECT_EQ(DataFileName(FileLayout::kShard, "eu", "Order", 1234567, ".ndjson"), "shard-1234567.ndjson");
  for (const char* name : {"kind", "namespace", "single", "shard"})
    EXPECT_EQ(FileLayoutName(*ParseFileLayout(name)), name);
  EXPECT_FALSE(ParseFileLayout("kinds"));
}

TEST(DataFileName, NoFolderIsCalledLikeAFile) {
  EXPECT_EQ(KindName("_rejects", "rejects"), "%5Frejects/rejects.ndjson");
  EXPECT_EQ(KindName("_keys", "x"), "%5Fkeys/x.ndjson");
  EXPECT_EQ(KindName("manifest.json", "x"), "manifest%2Ejson/x.ndjson");
  for (const std::string& kind : {std::string("Order"), std::string("a.b"), std::string()}) {
    for (const char* extension : {".ndjson", ".typed.ndjson", ".csv", ".ndjson.gz", ".typed.ndjson.zst"}) {
      const std::string file = DataFileName(FileLayout::kKind, "", kind, 0, extension);
      for (const std::string& ns : {file, file + ".partial"}) {
        const std::string below = DataFileName(FileLayout::kKind, ns, "x", 0, extension);
        EXPECT_FALSE(below.starts_with(ns + "/")) << below;
      }
    }
  }
  EXPECT_EQ(KindName("example.com", "x"), "example.com/x.ndjson");
}

TEST(IsDataFileName, KnowsOurs) {
  for (const char* name : {"a.ndjson", "x/a.typed.ndjson.gz", "%.csv.zst", "a.parquet", "a.binpb"})
    EXPECT_TRUE(IsDataFileName(name));
  for (const char* name : {"manifest.json", "_rejects/rejects.ndjson", "_keys/a.ndjson", ".a.ndjson", "x/.a.ndjson",
                           "a.ndjson.partial", "a.txt", "a.gz", ".x/a.ndjson"}) {
    EXPECT_FALSE(IsDataFileName(name)) << name;
  }
}

TEST(PartFileName, PartsAreFilesInAFolder) {
  const std::string folder = DataFileName(FileLayout::kKind, "n", "K", 0, ".parquet");
  EXPECT_EQ(PartFileName(folder, 7, ".parquet"), "n/K.parquet/part-00007.parquet");
  EXPECT_EQ(PartFileName(folder, 123'456, ".parquet"), "n/K.parquet/part-123456.parquet");
  for (const uint64_t part : {0, 7, 99'999, 123'456}) {
    const std::string name = PartFileName(folder, part, ".parquet");
    const auto parsed = ParsePartFileName(name, ".parquet");
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->folder, folder);
    EXPECT_EQ(parsed->part, part);
    EXPECT_TRUE(IsDataFileName(name));
  }
  for (const char* other : {"K.parquet", "K.parquet/part-0.parquet", "K.parquet/part-.parquet", "K/part-00000.parquet",
                            "part-00000.parquet", "K.parquet/part-00000.csv", "K.parquet/part-0000x.parquet",
                            "K.parquet/part-000001.parquet"}) {
    EXPECT_FALSE(ParsePartFileName(other, ".parquet").has_value()) << other;
  }
}

}  // namespace
}  // namespace datahaul

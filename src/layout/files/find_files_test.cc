#include "layout/files/find_files.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "testing/memory_store.h"

namespace datahaul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FindFilesTest : public testing::Test {
 protected:
  absl::StatusOr<FileSet> Find(const std::string& uri) { return FindFiles(store_, uri); }
  std::string Error(const std::string& uri) { return Find(uri).status().ToString(); }
  static std::vector<std::string> Names(const FileSet& set) {
    std::vector<std::string> names;
    names.reserve(set.files.size());
    for (const DataFile& file : set.files) names.push_back(file.name);
    return names;
  }
  void WriteManifest() {
    Manifest manifest;
    manifest.format = "typed-ndjson";
    manifest.complete = true;
    manifest.objects = {{"A.typed.ndjson", 3, 0x1234, 2, KindName{"", "A"}},
                        {"eu/B.typed.ndjson", 4, 1, 1, std::nullopt}};
    store_.objects["x/manifest.json"] = ToJson(manifest);
    store_.objects["x/A.typed.ndjson"] = "abc";
    store_.objects["x/eu/B.typed.ndjson"] = "defg";
    store_.objects["x/_rejects/rejects.ndjson"] = "{}";
  }

  MemoryStore store_;
};

TEST_F(FindFilesTest, ByItsManifest) {
  WriteManifest();
  for (const std::string& uri : {std::string("x"), std::string("x/manifest.json")}) {
    const auto found = Find(uri);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->format, "typed-ndjson");
    EXPECT_THAT(found->notes, testing::IsEmpty());
    EXPECT_THAT(Names(*found), ElementsAre("A.typed.ndjson", "eu/B.typed.ndjson"));
    EXPECT_EQ(found->files[0].crc32c, 0x1234u);
    EXPECT_EQ(found->files[0].records, 2u);
    EXPECT_EQ(found->files[0].only, (KindName{"", "A"}));
    EXPECT_FALSE(found->files[1].only);
  }
}

TEST_F(FindFilesTest, WhatDisagreesWithTheManifestIsAnError) {
  WriteManifest();
  store_.objects["x/C.typed.ndjson"] = "x";
  EXPECT_THAT(Find("x")->notes, ElementsAre(HasSubstr("C.typed.ndjson is not in the manifest")));
  store_.objects["x/A.typed.ndjson"] = "ab";
  EXPECT_THAT(Error("x"), HasSubstr("A.typed.ndjson: expected 3 bytes as in"));
  store_.objects.erase("x/A.typed.ndjson");
  EXPECT_THAT(Error("x"), HasSubstr("found no such file"));
  store_.objects["x/manifest.json"] = "{";
  EXPECT_EQ(Find("x").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(FindFilesTest, ByNamesWithoutAManifest) {
  store_.objects["x/B.typed.ndjson.zst"] = "b";
  store_.objects["x/x/A.typed.ndjson"] = "a";
  store_.objects["x/notes.txt"] = "";
  store_.objects["x/_rejects/rejects.ndjson"] = "";
  const auto found = Find("x");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->format, "typed-ndjson");
  EXPECT_THAT(Names(*found), ElementsAre("B.typed.ndjson.zst", "x/A.typed.ndjson"));
  EXPECT_EQ(found->files[0].compression, Compression::kZstd);
  EXPECT_THAT(found->notes, ElementsAre(HasSubstr("carry no count")));
  const auto single = Find("x/B.typed.ndjson.zst");
  ASSERT_TRUE(single.ok());
  EXPECT_THAT(Names(*single), ElementsAre("B.typed.ndjson.zst"));
}

TEST_F(FindFilesTest, NamesThatAreNoDataSet) {
  store_.objects["x/readme.txt"] = "";
  EXPECT_EQ(Find("x").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Find("x/none").status().code(), absl::StatusCode::kNotFound);
  store_.objects["x/a.typed.ndjson"] = "";
  store_.objects["x/b.ndjson"] = "";
  EXPECT_THAT(Error("x"), HasSubstr("expected files of one format"));
  store_.objects.erase("x/b.ndjson");
  store_.objects["x/b.typed.ndjson.partial"] = "";
  EXPECT_THAT(Error("x"), HasSubstr("which a job still writes"));
}

}  // namespace
}  // namespace datahaul

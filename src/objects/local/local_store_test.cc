#include "objects/local/local_store.h"

#include <filesystem>
#include <map>
#include <string>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "objects/local/local_path.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;

TEST(LocalPath, TakesPathsAsTheyAreAndDecodesUris) {
  EXPECT_EQ(*LocalPath("a%20b"), "a%20b");
  EXPECT_EQ(*LocalPath("/a:b"), "/a:b");
  EXPECT_EQ(*LocalPath("file:///a%20b/2025-01-02T03%3A04:05"), "/a b/2025-01-02T03:04:05");
  EXPECT_EQ(*LocalPath("FILE://localhost/%c3%A4"), "/\xc3\xa4");
  for (const char* bad :
       {"", "gs://bucket/x", "file://other/x", "file:///a%2", "file:///a%zz", "file:///a%00", "file://x"}) {
    EXPECT_EQ(LocalPath(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

class LocalStoreTest : public testing::Test {
 protected:
  TempFolder folder_;
  LocalStore store_;
};

TEST_F(LocalStoreTest, ReadsAtAnyOffset) {
  folder_.Write("a", "0123456789");
  const auto reader = store_.Read("file://" + folder_ / "a");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->size(), 10u);
  char out[20];
  EXPECT_EQ(*(*reader)->ReadAt(7, out, 20), 3u);
  EXPECT_EQ(std::string(out, 3), "789");
  EXPECT_EQ(*(*reader)->ReadAt(10, out, 20), 0u);
  EXPECT_EQ(*(*reader)->ReadAt(1000, out, 20), 0u);
}

TEST_F(LocalStoreTest, AFileThatShrinksIsDataLossAndOneThatGrowsKeepsItsSize) {
  folder_.Write("a", "0123456789");
  const auto reader = store_.Read(folder_ / "a");
  char out[20];
  std::filesystem::resize_file(folder_ / "a", 14);
  EXPECT_EQ(*(*reader)->ReadAt(5, out, 20), 5u);
  std::filesystem::resize_file(folder_ / "a", 4);
  const auto got = (*reader)->ReadAt(2, out, 5);
  EXPECT_EQ(got.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(got.status().ToString(), HasSubstr("at byte 4: the file ends here, expected 10 bytes"));
}

TEST_F(LocalStoreTest, ListsByNameAtAnyDepth) {
  for (const char* name : {"b", "a/z", "a/b/c", "a.x", "A"}) folder_.Write(name, name);
  const auto objects = store_.List(folder_.path());
  ASSERT_TRUE(objects.ok());
  std::vector<std::string> names;
  for (const ObjectInfo& object : *objects) {
    names.push_back(object.name);
    EXPECT_EQ(object.uri, folder_ / object.name);
    EXPECT_EQ(object.size, object.name.size());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"A", "a.x", "a/b/c", "a/z", "b"}));
  EXPECT_EQ(store_.List(folder_ / "none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(LocalStoreTest, StatTellsFilesFromFolders) {
  folder_.Write("a/b", "123");
  EXPECT_EQ((*store_.Stat(folder_ / "a/b"))->size, 3u);
  EXPECT_EQ((*store_.Stat(folder_ / "a/b"))->name, "b");
  EXPECT_FALSE(store_.Stat(folder_ / "a")->has_value());
  EXPECT_FALSE(store_.Stat(folder_ / "none")->has_value());
  EXPECT_FALSE(store_.Stat(folder_ / "a/b/c")->has_value());
}

TEST_F(LocalStoreTest, WritesWholeFilesAndLeavesNothingElse) {
  ASSERT_TRUE(store_.Write(folder_ / "x/y", "one").ok());
  ASSERT_TRUE(store_.Write(folder_ / "x/y", "two").ok());
  EXPECT_EQ(folder_.Files(), (std::map<std::string, std::string>{{"x/y", "two"}}));
  ASSERT_TRUE(store_.Delete(folder_ / "x/y").ok());
  ASSERT_TRUE(store_.Delete(folder_ / "x/y").ok());
  EXPECT_TRUE(folder_.Files().empty());
}

TEST_F(LocalStoreTest, TemporaryFilesOfOthersAreLeftAlone) {
  // As another container's process of this id may be writing them.
  std::map<std::string, std::string> files;
  for (int i = 0; i < 100; ++i) files[StrCat(".y.", ::getpid(), ".", i, ".tmp")] = "another's";
  for (const auto& [name, bytes] : files) folder_.Write(name, bytes);
  ASSERT_TRUE(store_.Write(folder_ / "y", "one").ok());
  ASSERT_TRUE(store_.Delete(folder_ / "y").ok());
  ASSERT_TRUE(store_.Write(folder_ / "y", "two", Precondition::Absent()).ok());
  files["y"] = "two";
  EXPECT_EQ(folder_.Files(), files);
}

TEST_F(LocalStoreTest, TemporaryFilesThatWereLeftAreNoObjects) {
  for (const char* name : {".a.0123456789abcdef.tmp", "b/.a.tmp.0123456789abcdef.tmp"}) folder_.Write(name, "half");
  const std::vector<std::string> others = {".0123456789abcdef.tmp", ".a.012345678.tmp", ".a.tmp",
                                           "a.0123456789abcdef.tmp", "b/.a.0123456789abcdeg.tmp"};
  for (const std::string& name : others) folder_.Write(name, "whole");
  const auto objects = store_.List(folder_.path());
  ASSERT_TRUE(objects.ok());
  std::vector<std::string> names;
  for (const ObjectInfo& object : *objects) names.push_back(object.name);
  EXPECT_EQ(names, others);
}

TEST_F(LocalStoreTest, AFileThatWasChangedInPlaceIsNotJoined) {
  folder_.Write("a", "0123456789");
  const ObjectInfo seen = **store_.Stat(folder_ / "a");
  const auto upload = store_.BeginUpload(folder_ / "joined");
  ASSERT_TRUE(upload.ok());
  EXPECT_TRUE(store_.CopyPiece(*upload, 0, seen, {2, 4}).ok());
  EXPECT_EQ(store_.CopyPiece(*upload, 0, seen, {2, 11}).status().code(), absl::StatusCode::kAborted);
  ::usleep(20'000);  // file systems count time in ticks
  folder_.Write("a", "0123456780");
  EXPECT_EQ(store_.CopyPiece(*upload, 0, seen, {2, 4}).status().code(), absl::StatusCode::kAborted);
}

TEST_F(LocalStoreTest, AFailedWriteLeavesNothing) {
  folder_.Write("x/in-the-way/file", "");
  EXPECT_FALSE(store_.Write(folder_ / "x/in-the-way", "one").ok());  // a folder has that name
  EXPECT_FALSE(store_.Write(folder_ / "x/in-the-way/file/y", "one").ok());
  EXPECT_EQ(folder_.Files().size(), 1u);
}

}  // namespace
}  // namespace datahaul

#include "io/folder.h"

#include <set>
#include <string>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;

std::set<std::string> Names(const std::string& folder) {
  std::set<std::string> names;
  EXPECT_TRUE(WalkFiles(folder, [&](const FoundFile& file) { return names.insert(file.name).second; }).ok());
  return names;
}

TEST(Folder, WalksAllLevelsAndFollowsLinks) {
  TempFolder folder, other;
  folder.Write("a", "1");
  folder.Write("b/c/d", "22");
  other.Write("e", "333");
  ASSERT_EQ(::symlink(other.path().c_str(), (folder / "link").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", (folder / "dangling").c_str()), 0);
  EXPECT_EQ(Names(folder.path()), (std::set<std::string>{"a", "b/c/d", "link/e"}));
}

TEST(Folder, ALoopOfLinksIsAnErrorNotAHang) {
  TempFolder folder;
  ASSERT_EQ(::symlink(".", (folder / "loop").c_str()), 0);
  EXPECT_FALSE(WalkFiles(folder.path(), [](const FoundFile&) { return true; }).ok());
}

TEST(Folder, WalkStopsWhenToldAndNamesAMissingFolder) {
  TempFolder folder;
  folder.Write("a", "");
  folder.Write("b", "");
  int seen = 0;
  ASSERT_TRUE(WalkFiles(folder.path(), [&](const FoundFile&) { return ++seen < 1; }).ok());
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(WalkFiles(folder / "none", [](const FoundFile&) { return true; }).code(), absl::StatusCode::kNotFound);
}

TEST(Folder, MakeFoldersCountsWhatItMade) {
  TempFolder folder;
  EXPECT_EQ(*MakeFolders(folder / "a/b/c"), 3);
  EXPECT_EQ(*MakeFolders(folder / "a/b/c"), 0);
  EXPECT_EQ(*MakeFolders(folder / "a/b/d/"), 1);
  folder.Write("file", "");
  const absl::Status status = MakeFolders(folder / "file").status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("a file of that name is in the way"));
  EXPECT_FALSE(MakeFolders(folder / "file/below").ok());
}

TEST(Folder, RemovingIsIdempotent) {
  TempFolder folder;
  folder.Write("a/b", "");
  EXPECT_TRUE(RemoveFolderIfEmpty(folder / "a").ok());
  EXPECT_TRUE(folder.Has("a/b"));
  EXPECT_TRUE(RemoveFile(folder / "a/b").ok());
  EXPECT_TRUE(RemoveFile(folder / "a/b").ok());
  EXPECT_TRUE(RemoveFolderIfEmpty(folder / "a").ok());
  EXPECT_TRUE(RemoveFolderIfEmpty(folder / "a").ok());
  EXPECT_FALSE(folder.Has("a"));
  EXPECT_TRUE(SyncFolder(folder.path()).ok());
}

TEST(Folder, RemovesTrees) {
  TempFolder folder;
  folder.Write("a/b/c", "");
  folder.Write("a/d", "");
  folder.Write("file", "");
  EXPECT_TRUE(RemoveTree(folder / "a").ok());
  EXPECT_TRUE(RemoveTree(folder / "a").ok());
  EXPECT_FALSE(folder.Has("a"));
  EXPECT_TRUE(RemoveTree(folder / "file/below").ok());
  EXPECT_TRUE(folder.Has("file"));
}

TEST(Folder, Paths) {
  EXPECT_EQ(ParentFolder("a"), ".");
  EXPECT_EQ(ParentFolder("a/"), ".");
  EXPECT_EQ(ParentFolder("/a"), "/");
  EXPECT_EQ(ParentFolder("/a/b/"), "/a");
  EXPECT_EQ(JoinPath("/", "a"), "/a");
  EXPECT_EQ(JoinPath("x", "a/b"), "x/a/b");
}

}  // namespace
}  // namespace datahaul

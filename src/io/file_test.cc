#include "io/file.h"

#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <sys/resource.h>

#include "base/status.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<File> Create(const std::string& path) { return File::Open(path, File::Mode::kCreate); }

TEST(File, WritesManyPiecesInPlaceAndReadsThemBack) {
  TempFolder folder;
  const auto file = Create(folder / "a");
  ASSERT_TRUE(file.ok()) << file.status();
  std::string expected;
  std::vector<std::string> texts;
  texts.reserve(3000);
  for (int i = 0; i < 3000; ++i) texts.push_back(i % 7 == 0 ? "" : std::to_string(i));
  std::vector<std::string_view> pieces(texts.begin(), texts.end());
  for (std::string_view piece : pieces) expected += piece;
  ASSERT_TRUE(file->WriteAt(5, pieces).ok());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(*file->Size(), 5 + expected.size());
  std::string read(expected.size() + 10, 'x');
  EXPECT_EQ(*file->ReadAt(5, read.data(), read.size()), expected.size());
  EXPECT_EQ(read.substr(0, expected.size()), expected);
  EXPECT_EQ(folder.Read("a").substr(0, 5), std::string(5, '\0'));
}

TEST(File, ErrorsNameActionFileCauseAndRemedy) {
  TempFolder folder;
  const auto missing = File::Open(folder / "none", File::Mode::kRead);
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(missing.status().ToString(), HasSubstr("opening " + folder / "none" + ": No such file"));
  EXPECT_THAT(missing.status().ToString(), HasSubstr("check the path"));
  folder.Write("file", "");
  EXPECT_THAT(Create(folder / "file/below").status().ToString(), HasSubstr("a file, not a folder"));
  EXPECT_EQ(File::Open(folder / "file", File::Mode::kCreateNew).status().code(), absl::StatusCode::kAlreadyExists);
  const auto folder_as_file = File::Open(folder.path(), File::Mode::kRead);
  ASSERT_TRUE(folder_as_file.ok());
  EXPECT_FALSE(folder_as_file->Size().ok());
}

TEST(File, FullDiskIsForAHuman) {
  const auto file = File::Open("/dev/full", File::Mode::kWrite);
  ASSERT_TRUE(file.ok()) << file.status();
  const std::string_view bytes = "x";
  const absl::Status status = file->WriteAt(0, {&bytes, 1});
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("/dev/full at byte 0: No space left"));
}

TEST(File, FileSizeLimitIsForAHuman) {
  TempFolder folder;
  const auto file = Create(folder / "a");
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tiny{100, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tiny), 0);
  const std::string_view bytes = "0123456789";
  const absl::Status status = file->WriteAt(95, {&bytes, 1});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("ulimit -f"));
}

TEST(File, ReplaceFileReplacesWhole) {
  TempFolder folder;
  folder.Write("a", "a longer text than the new one");
  folder.Write("a.tmp", "left over by a crash, and longer, too");
  ASSERT_TRUE(ReplaceFile(folder / "a", folder / "a.tmp", "new").ok());
  EXPECT_EQ(folder.Read("a"), "new");
  EXPECT_FALSE(folder.Has("a.tmp"));
  EXPECT_EQ(*ReadFile(folder / "a"), "new");
}

TEST(File, CopyBytesCopiesAPrefixAndNoticesAShortSource) {
  TempFolder folder;
  folder.Write("from", std::string(3'000'000, 'x') + "tail");
  const auto from = File::Open(folder / "from", File::Mode::kRead);
  const auto to = Create(folder / "to");
  ASSERT_TRUE(CopyBytes(*from, *to, 3'000'000).ok());
  EXPECT_EQ(folder.Read("to"), std::string(3'000'000, 'x'));
  EXPECT_EQ(CopyBytes(*from, *to, 4'000'000).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace datahaul

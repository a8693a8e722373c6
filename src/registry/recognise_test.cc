#include "registry/recognise.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "objects/local/local_store.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

class RecogniseTest : public testing::Test {
 protected:
  // The format of what is at `name` in the folder, or the error.
  std::string At(std::string_view name) {
    const absl::StatusOr<std::string> format = Recognise(store_, folder_ / name);
    return format.ok() ? *format : std::string(format.status().message());
  }

  LocalStore store_;
  TempFolder folder_;
};

TEST_F(RecogniseTest, ByName) {
  folder_.Write("e/all/x.export_metadata", "");
  folder_.Write("e/all/output-0", "");
  folder_.Write("t/a.typed.ndjson", "");
  folder_.Write("p/a.ndjson.gz", "");
  EXPECT_EQ(At("e"), "managed-export");
  EXPECT_EQ(At("e/all/output-0"), "managed-export");
  EXPECT_EQ(At("t"), "typed-ndjson");
  EXPECT_EQ(At("t/a.typed.ndjson"), "typed-ndjson");
  EXPECT_EQ(At("p"), "ndjson");
}

TEST_F(RecogniseTest, ByContent) {
  folder_.Write("typed", R"({"key":{"database":"","namespace":"","path":[["K",1]]},"properties":{}})");
  folder_.Write("log", std::string("\xb8\x6d\x44\x4e\x01\x00\x01\x33", 8));
  folder_.Write("text", "hello, world");
  EXPECT_EQ(At("typed"), "typed-ndjson");
  EXPECT_EQ(At("log"), "managed-export");
  EXPECT_THAT(At("text"), testing::HasSubstr("--from-format"));
}

TEST_F(RecogniseTest, NothingThere) {
  EXPECT_THAT(At("nowhere"), testing::HasSubstr("nowhere"));
  folder_.Write("empty/readme.md", "");
  EXPECT_THAT(At("empty"), testing::HasSubstr("--from-format"));
}

}  // namespace
}  // namespace datahaul

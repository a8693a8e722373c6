#include "registry/address.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(Address, BecomesAbsolute) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(*AbsoluteAddress("a/../b/"), here + "/b");
  EXPECT_EQ(*AbsoluteAddress("."), here);
  EXPECT_EQ(*AbsoluteAddress("/"), "/");
  EXPECT_EQ(*AbsoluteAddress("/x/y"), "/x/y");
  EXPECT_EQ(*AbsoluteAddress("file:///x/a%20b"), "/x/a b");
  EXPECT_EQ(*AbsoluteAddress("2026-11-21T01:18:17_087"), here + "/2026-11-21T01:18:17_087");
  EXPECT_EQ(*AbsoluteAddress("-"), "-");
}

TEST(Address, BucketsStayWhatTheyAre) {
  EXPECT_EQ(*AbsoluteAddress("s3://bucket"), "s3://bucket");
  EXPECT_EQ(*AbsoluteAddress("s3://bucket/"), "s3://bucket");
  EXPECT_EQ(*AbsoluteAddress("s3://bucket/a b/../c//"), "s3://bucket/a b/../c");
  EXPECT_EQ(AbsoluteAddress("s3://").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(IsS3Address("s3://bucket"));
  EXPECT_FALSE(IsS3Address("/s3://bucket"));
}

TEST(Address, GooglesBucketsStayWhatTheyAre) {
  EXPECT_EQ(*AbsoluteAddress("gs://bucket/"), "gs://bucket");
  EXPECT_EQ(*AbsoluteAddress("gs://bucket/a b/../c//"), "gs://bucket/a b/../c");
  EXPECT_EQ(AbsoluteAddress("gs://").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(IsGcsAddress("gs://bucket"));
  EXPECT_FALSE(IsGcsAddress("s3://bucket"));
}

TEST(Address, AzuresContainersStayWhatTheyAre) {
  EXPECT_EQ(*AbsoluteAddress("az://container/"), "az://container");
  EXPECT_EQ(*AbsoluteAddress("az://container/a b/../c//"), "az://container/a b/../c");
  EXPECT_EQ(*AbsoluteAddress("abfss://c@acc.dfs.core.windows.net/x/"), "abfss://c@acc.dfs.core.windows.net/x");
  EXPECT_EQ(AbsoluteAddress("abfss://c@elsewhere.example/x").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(IsBucketAddress("az://container"));
  EXPECT_TRUE(IsBucketAddress("s3://bucket/x"));
  EXPECT_FALSE(IsBucketAddress("/az://container"));
  EXPECT_FALSE(IsBucketAddress("-"));
}

TEST(Address, OtherSchemesAreNamed) {
  for (const char* address : {"db:folder", "postgresql://h/d", "bigquery://P/D", "parse+https://h/m"}) {
    const auto result = AbsoluteAddress(address);
    ASSERT_FALSE(result.ok()) << address;
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(result.status().message()), testing::HasSubstr("not supported yet"));
  }
}

}  // namespace
}  // namespace datahaul

#include "registry/any_store.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "base/status.h"
#include "testing/object_store_suite.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

StoreUnderTest::Opened OpenLocal() {
  static const TempFolder folder;
  static int tests = 0;
  return {std::make_unique<AnyStore>(StoreOptions{}), folder / std::to_string(++tests)};
}

INSTANTIATE_TEST_SUITE_P(AnyLocal, ObjectStoreSuite,
                         ::testing::Values(StoreUnderTest{
                             .name = "AnyLocal", .open = &OpenLocal, .names_like_folders = false}));

TEST(AnyStore, TakesAddressesToTheirStores) {
  AnyStore any({.s3 = {.region = "us-east-1", .endpoint = "http://127.0.0.1:1"}});
  EXPECT_EQ(*any.StoreOf("/a"), *any.StoreOf("b"));
  EXPECT_EQ(*any.StoreOf("s3://b/k"), *any.StoreOf("s3://b"));
  EXPECT_NE(*any.StoreOf("s3://b/k"), *any.StoreOf("/a"));
  EXPECT_EQ((*any.StoreOf("s3://b/k"))->traits().least_piece_bytes, 5u << 20);
}

TEST(AnyStore, GooglesBucketsHaveAStoreOfTheirOwn) {
  AnyStore any({.gcs = {.endpoint = "http://127.0.0.1:1"}});
  EXPECT_EQ(*any.StoreOf("gs://b/k"), *any.StoreOf("gs://b"));
  EXPECT_NE(*any.StoreOf("gs://b/k"), *any.StoreOf("/a"));
  EXPECT_EQ((*any.StoreOf("gs://b/k"))->traits().most_pieces, 32'768u);
  AnyStore wrong({.gcs = {.endpoint = "127.0.0.1:1"}});
  EXPECT_EQ(RetryOf(wrong.AbortUpload("gs id gs://b/k")), Retry::kUsage);
}

TEST(AnyStore, AzuresContainersHaveAStoreOfTheirOwn) {
  AnyStore any({.azure = {.account = "acc"}});
  EXPECT_EQ(*any.StoreOf("az://con/k"), *any.StoreOf("abfss://con@acc.dfs.core.windows.net/k"));
  EXPECT_NE(*any.StoreOf("az://con/k"), *any.StoreOf("/a"));
  EXPECT_EQ((*any.StoreOf("az://con/k"))->traits().most_pieces, 50'000u);
  EXPECT_GE((*any.StoreOf("az://con/k"))->traits().most_piece_bytes, any.traits().most_piece_bytes);
  AnyStore wrong({.azure = {.account = "acc", .endpoint = "127.0.0.1:1"}});
  EXPECT_EQ(RetryOf(wrong.AbortUpload("az id az://con/k")), Retry::kUsage);
}

TEST(AnyStore, SaysWhatIsWrongWithAnEndpoint) {
  AnyStore any({.s3 = {.region = "us-east-1", .endpoint = "127.0.0.1:1"}});
  EXPECT_EQ(RetryOf(any.Stat("s3://b/k").status()), Retry::kUsage);
  EXPECT_FALSE((*any.Stat("/nothing/there")).has_value());
}

TEST(AnyStore, KnowsHandlesOfUploadsOnlyItsOwnWay) {
  AnyStore any({});
  EXPECT_FALSE(any.AbortUpload("nonsense").ok());
  EXPECT_FALSE(any.PutPiece("ftp x", 0, "x").ok());
}

}  // namespace
}  // namespace datahaul

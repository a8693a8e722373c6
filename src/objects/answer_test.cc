#include "objects/answer.h"

#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(Answer, ASizeIsANumberAndNothingElse) {
  EXPECT_EQ(*ParseSize("x", "18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "-1", "1x", " 1", "18446744073709551616"}) {
    EXPECT_EQ(ParseSize("reading x", text).status().code(), absl::StatusCode::kDataLoss) << text;
  }
}

TEST(Answer, AStoreMayWantToBeLeftAloneForAnHourAtMost) {
  EXPECT_EQ(RetryAfterIn({}), 0);
  EXPECT_EQ(RetryAfterIn({.headers = {{"retry-after", "7"}}}), 7'000'000);
  EXPECT_EQ(RetryAfterIn({.headers = {{"retry-after", "86400"}}}), 3'600'000'000);
}

TEST(Answer, ChecksumsAreBigEndian) {
  EXPECT_EQ(Crc32cText(0xe3069283), "4waSgw==");
  EXPECT_EQ(ParseCrc32c("4waSgw=="), 0xe3069283);
  EXPECT_EQ(ParseCrc32c("4waSgw==-3"), std::nullopt);
  EXPECT_EQ(ParseCrc32c(""), std::nullopt);
}

TEST(Answer, TimesAreRfc3339) {
  EXPECT_EQ(ParseTime("2026-11-21T00:00:01.5Z"), 1795219201500000);
  EXPECT_EQ(ParseTime("yesterday"), 0);
}

}  // namespace
}  // namespace datahaul

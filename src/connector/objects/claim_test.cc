#include "connector/objects/claim.h"

#include <optional>

#include "gtest/gtest.h"

#include "base/status.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

TEST(ClaimTest, OneProcessAtATimeLocksIt) {
  const TempFolder folder;
  const Claim claim(folder.path());
  ASSERT_TRUE(*claim.Take({"job1", "/data", 0}));
  {
    const auto lock = claim.Lock("job1");
    ASSERT_TRUE(lock.ok() && lock->has_value()) << lock.status();
    EXPECT_EQ(RetryOf(Claim(folder.path()).Lock("job1").status()), Retry::kTask);
    EXPECT_TRUE(*claim.IsHeldBy("job1")) << "who only looks is not held off";
  }
  EXPECT_TRUE(claim.Lock("job1")->has_value());
}

TEST(ClaimTest, WhoDoesNotHoldItLocksNothing) {
  const TempFolder folder;
  const Claim claim(folder.path());
  EXPECT_FALSE(claim.Lock("job1")->has_value());
  ASSERT_TRUE(*claim.Take({"job1", "/data", 0}));
  EXPECT_FALSE(claim.Lock("job2")->has_value());
  const auto old = claim.Lock("job1");
  ASSERT_TRUE(claim.Release("job1").ok());
  EXPECT_FALSE(claim.Lock("job1")->has_value());
  ASSERT_TRUE(*claim.Take({"job2", "/data", 0}));
  EXPECT_TRUE(claim.Lock("job2")->has_value()) << "an old lock is not one of the new claim";
}

}  // namespace
}  // namespace datahaul

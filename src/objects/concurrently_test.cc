#include "objects/concurrently.h"

#include <atomic>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"

namespace datahaul {
namespace {

TEST(Concurrently, DoesEverythingOnce) {
  for (const size_t count : {0, 1, 15, 1000}) {
    std::vector<std::atomic<int>> done(count);
    EXPECT_TRUE(Concurrently(count, AfterFailure::kGoOn, [&](size_t i) {
                  ++done[i];
                  return absl::OkStatus();
                }).ok());
    for (const std::atomic<int>& times : done) EXPECT_EQ(times, 1);
  }
}

TEST(Concurrently, WhatMayPassStopsNothingElse) {
  std::atomic<int> done = 0;
  const absl::Status status = Concurrently(100, AfterFailure::kGoOn, [&](size_t i) {
    ++done;
    return i % 2 == 0 ? WithRetry(absl::UnavailableError("busy"), Retry::kCall) : absl::OkStatus();
  });
  EXPECT_EQ(done, 100);
  EXPECT_EQ(RetryOf(status), Retry::kCall);
}

TEST(Concurrently, StopsAtTheFirstIfAskedTo) {
  std::atomic<int> done = 0;
  const absl::Status status = Concurrently(10'000, AfterFailure::kStop, [&](size_t) {
    ++done;
    return WithRetry(absl::UnavailableError("busy"), Retry::kCall);
  });
  EXPECT_LE(done, 8);
  EXPECT_EQ(RetryOf(status), Retry::kCall);
}

TEST(Concurrently, WhatAPersonMustMendStopsAll) {
  std::atomic<int> done = 0;
  const absl::Status status = Concurrently(10'000, AfterFailure::kGoOn, [&](size_t) {
    ++done;
    return HumanError("grant it");
  });
  EXPECT_LE(done, 8);
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
}

}  // namespace
}  // namespace datahaul

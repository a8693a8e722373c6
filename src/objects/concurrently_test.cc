#include "objects/concurrently.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/stop.h"

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

TEST(Concurrently, StepsOfStepsShareTheThreads) {
  std::mutex mutex;
  std::condition_variable changed;
  int now = 0, most = 0, all = 0;
  const auto step = [&](size_t) {
    std::unique_lock lock(mutex);
    most = std::max(most, ++now);
    ++all;
    changed.notify_all();
    changed.wait(lock, [&] { return most >= 8; });
    --now;
    return absl::OkStatus();
  };
  EXPECT_TRUE(
      Concurrently(20, AfterFailure::kGoOn, [&](size_t) { return Concurrently(20, AfterFailure::kGoOn, step); }).ok());
  EXPECT_EQ(most, 8);
  EXPECT_EQ(all, 400);
}

TEST(Concurrently, StepsStopWithWhoeverHasCalled) {
  std::stop_source stop;
  stop.request_stop();
  const StopScope scope(stop.get_token());
  std::atomic<int> stopped = 0;
  EXPECT_TRUE(Concurrently(100, AfterFailure::kGoOn, [&](size_t) {
                stopped += StopScope::Current().stop_requested();
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(stopped, 100);
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

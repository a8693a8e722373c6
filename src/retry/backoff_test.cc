#include "retry/backoff.h"

#include <algorithm>
#include <limits>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

Micros LongestOf(const BackoffPolicy& policy, uint32_t attempt) {
  Random random(7);
  Micros longest = 0;
  for (int i = 0; i < 2000; ++i) longest = std::max(longest, BackoffDelay(policy, attempt, random));
  return longest;
}

TEST(BackoffTest, DoublesUpToTheMost) {
  const BackoffPolicy policy{.first = 1000, .most = 10'000};
  for (const auto& [attempt, ceiling] :
       {std::pair<uint32_t, Micros>{0, 1000}, {1, 2000}, {2, 4000}, {3, 8000}, {4, 10'000}, {99, 10'000}}) {
    EXPECT_LE(LongestOf(policy, attempt), ceiling) << attempt;
    EXPECT_GE(LongestOf(policy, attempt), ceiling * 9 / 10) << attempt;
  }
}

TEST(BackoffTest, JitterIsFull) {
  Random random(1);
  Micros sum = 0, shortest = std::numeric_limits<Micros>::max();
  for (int i = 0; i < 10'000; ++i) {
    const Micros delay = BackoffDelay({.first = 1000, .most = 1000}, 5, random);
    sum += delay;
    shortest = std::min(shortest, delay);
  }
  EXPECT_NEAR(static_cast<double>(sum) / 10'000, 500, 20);
  EXPECT_LT(shortest, 10);
}

TEST(BackoffTest, ExtremesDoNotOverflow) {
  Random random(1);
  const Micros huge = std::numeric_limits<Micros>::max();
  EXPECT_GE(BackoffDelay({.first = 3, .most = huge}, 4'000'000'000u, random), 0);
  EXPECT_EQ(BackoffDelay({.first = 0, .most = 0}, 10, random), 0);
}

}  // namespace
}  // namespace datahaul

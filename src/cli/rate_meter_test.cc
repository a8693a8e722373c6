#include "cli/rate_meter.h"

#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(RateMeter, LooksBackATenSecondWindow) {
  RateMeter meter;
  EXPECT_EQ(meter.PerSecond(), 0);
  meter.Add(0, 0);
  EXPECT_EQ(meter.PerSecond(), 0);
  meter.Add(1'000'000, 100);
  EXPECT_DOUBLE_EQ(meter.PerSecond(), 100);
  for (int second = 2; second <= 60; ++second) meter.Add(second * 1'000'000, 100 + 10 * second);
  EXPECT_DOUBLE_EQ(meter.PerSecond(), 10);  // the fast beginning is forgotten
}

TEST(RateMeter, TwoSamplesAtOnceAreNoRate) {
  RateMeter meter;
  meter.Add(5, 0);
  meter.Add(5, 100);
  EXPECT_EQ(meter.PerSecond(), 0);
}

}  // namespace
}  // namespace datahaul

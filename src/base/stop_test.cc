#include "base/stop.h"

#include <stop_token>
#include <thread>

#include "gtest/gtest.h"

#include "base/clock.h"

namespace datahaul {
namespace {

TEST(StopScope, IsOfOneThreadWhileItLives) {
  std::stop_source outer, inner;
  outer.request_stop();
  EXPECT_FALSE(StopScope::Current().stop_requested());
  {
    const StopScope scope(outer.get_token());
    EXPECT_TRUE(StopScope::Current().stop_requested());
    {
      const StopScope nested(inner.get_token());
      EXPECT_FALSE(StopScope::Current().stop_requested());
    }
    EXPECT_TRUE(StopScope::Current().stop_requested());
    bool elsewhere = true;
    std::thread([&elsewhere] { elsewhere = StopScope::Current().stop_requested(); }).join();
    EXPECT_FALSE(elsewhere);
  }
  EXPECT_FALSE(StopScope::Current().stop_requested());
}

TEST(Clock, AWaitEndsOnceAStopIsRequested) {
  constexpr Micros kDay = 86'400'000'000;
  std::stop_source stop;
  const Micros begin = Clock::Real().Now();
  std::thread waiting([&stop] { Clock::Real().Wait(kDay, stop.get_token()); });
  stop.request_stop();
  waiting.join();
  EXPECT_LT(Clock::Real().Now() - begin, kDay);
  Clock::Real().Wait(kDay, stop.get_token());  // not begun at all
  Clock::Real().Wait(1, {});
}

}  // namespace
}  // namespace datahaul

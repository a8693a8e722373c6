// Time that passes when told to.
#ifndef DATAHAUL_TESTING_SIM_CLOCK_H_
#define DATAHAUL_TESTING_SIM_CLOCK_H_

#include <atomic>
#include <stop_token>

#include "base/clock.h"

namespace datahaul {

// Sleeping takes no time, but moves the clock. Safe for concurrent use.
class SimClock final : public Clock {
 public:
  explicit SimClock(Micros now = 1'800'000'000'000'000) : now_(now) {}
  Micros Now() override { return now_; }
  void Sleep(Micros duration) override { now_ += duration; }
  void Wait(Micros most, const std::stop_token& stop) override {
    if (!stop.stop_requested()) now_ += most;
  }

 private:
  std::atomic<Micros> now_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_SIM_CLOCK_H_

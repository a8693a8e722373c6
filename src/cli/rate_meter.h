// How fast something has been going lately.
#ifndef DATAHAUL_CLI_RATE_METER_H_
#define DATAHAUL_CLI_RATE_METER_H_

#include <cstdint>
#include <deque>

#include "base/clock.h"

namespace datahaul {

// Looks back kWindow: recent enough to follow a change, long enough to be steady. Not safe for concurrent use.
class RateMeter {
 public:
  static constexpr Micros kWindow = 10'000'000;

  void Add(Micros now, uint64_t total);  // totals never fall, times rise
  double PerSecond() const;              // 0 until two samples differ in time

 private:
  struct Sample {
    Micros time;
    uint64_t total;
  };
  std::deque<Sample> samples_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CLI_RATE_METER_H_

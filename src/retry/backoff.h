// Exponential back-off with full jitter.
#ifndef DATAHAUL_RETRY_BACKOFF_H_
#define DATAHAUL_RETRY_BACKOFF_H_

#include <cstdint>

#include "base/clock.h"
#include "base/random.h"

namespace datahaul {

struct BackoffPolicy {
  Micros first = 200'000;
  Micros most = 30'000'000;
};

// How long to wait after the failure of attempt `attempt` (0 = the first): uniform in [0, min(most, first *
// 2^attempt)], so that workers that failed together do not come back together.
Micros BackoffDelay(const BackoffPolicy& policy, uint32_t attempt, Random& random);

}  // namespace datahaul

#endif  // DATAHAUL_RETRY_BACKOFF_H_

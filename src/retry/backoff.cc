#include "retry/backoff.h"

namespace datahaul {

Micros BackoffDelay(const BackoffPolicy& policy, uint32_t attempt, Random& random) {
  Micros ceiling = policy.first;
  for (uint32_t i = 0; i < attempt && ceiling < policy.most; ++i) {
    ceiling = ceiling > policy.most / 2 ? policy.most : ceiling * 2;  // never overflows
  }
  if (ceiling > policy.most) ceiling = policy.most;
  if (ceiling <= 0) return 0;
  return static_cast<Micros>(random.Below(static_cast<uint64_t>(ceiling) + 1));
}

}  // namespace datahaul

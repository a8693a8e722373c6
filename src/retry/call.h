// The one loop that makes a call again.
#ifndef DATAHAUL_RETRY_CALL_H_
#define DATAHAUL_RETRY_CALL_H_

#include <algorithm>
#include <cstdint>
#include <mutex>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "retry/backoff.h"
#include "retry/retry_after.h"

namespace datahaul {

struct CallPolicy {
  BackoffPolicy backoff;
  uint32_t most_attempts = 10;
  Micros most_time = 120'000'000;  // of one call, attempts and waiting: no attempt begins later
};

// Makes calls again whose errors say that this may help. Safe for concurrent use.
class Retrier {
 public:
  // `clock` must outlive it.
  Retrier(const CallPolicy& policy, Clock* clock, uint64_t seed) : policy_(policy), clock_(clock), random_(seed) {}

  // Calls `attempt(n)`, n = 0, 1, …, until it succeeds, a retry can't help, or the budget is used up: then the last
  // error, which says how often it was tried. Waits between two as the policy says, or longer, where the error asks for
  // that (RetryAfterOf).
  template <typename Attempt>
  auto Call(const Attempt& attempt) -> decltype(attempt(0u)) {
    const Micros begin = clock_->Now();
    for (uint32_t n = 0;; ++n) {
      auto result = attempt(n);
      const absl::Status& status = StatusOf(result);
      if (status.ok() || RetryOf(status) != Retry::kCall) return result;
      const Micros wait = std::max(Backoff(n), RetryAfterOf(status));
      if (n + 1 >= policy_.most_attempts || clock_->Now() - begin + wait > policy_.most_time) {
        return n == 0 ? status : Annotate(status, StrCat("after ", n + 1, " attempts"));
      }
      clock_->Sleep(wait);
    }
  }

 private:
  static const absl::Status& StatusOf(const absl::Status& status) { return status; }
  template <typename T>
  static const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
    return result.status();
  }

  Micros Backoff(uint32_t n) {
    const std::lock_guard lock(mutex_);
    return BackoffDelay(policy_.backoff, n, random_);
  }

  const CallPolicy policy_;
  Clock* const clock_;
  std::mutex mutex_;
  Random random_;
};

}  // namespace datahaul

#endif  // DATAHAUL_RETRY_CALL_H_

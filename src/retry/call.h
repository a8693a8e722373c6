// The one loop that makes a call again.
#ifndef DATAHAUL_RETRY_CALL_H_
#define DATAHAUL_RETRY_CALL_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <stop_token>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "base/stop.h"
#include "base/text.h"
#include "retry/backoff.h"
#include "retry/retry_after.h"
#include "retry/unreached.h"

namespace datahaul {

struct CallPolicy {
  BackoffPolicy backoff;
  uint32_t most_attempts = 10;
  uint32_t most_first_attempts = 4;  // while nobody has answered any call yet: the address is probably wrong
  Micros most_time = 120'000'000;    // of one call, attempts and waiting: no attempt begins later
};

// Makes calls again whose errors say that this may help. Safe for concurrent use.
class Retrier {
 public:
  // `clock` must outlive it.
  Retrier(const CallPolicy& policy, Clock* clock, uint64_t seed) : policy_(policy), clock_(clock), random_(seed) {}

  // Calls `attempt(n)`, n = 0, 1, …, until it succeeds, a retry can't help, or the budget is used up: then the last
  // error, which says how often it was tried. Waits between two as the policy says, or longer, where the error asks for
  // that (RetryAfterOf); the wait, and with it the call, ends once the thread is to stop (StopScope).
  template <typename Attempt>
  auto Call(const Attempt& attempt) -> decltype(attempt(0u)) {
    const Micros begin = clock_->Now();
    const std::stop_token stop = StopScope::Current();
    for (uint32_t n = 0;; ++n) {
      auto result = attempt(n);
      const absl::Status& status = StatusOf(result);
      if (!IsUnreached(status)) reached_ = true;
      if (status.ok() || RetryOf(status) != Retry::kCall) return result;
      const Micros wait = std::max(Backoff(n), RetryAfterOf(status));
      const uint32_t most = reached_ ? policy_.most_attempts : policy_.most_first_attempts;
      const bool enough = n + 1 >= most || clock_->Now() - begin + wait > policy_.most_time;
      if (!enough) clock_->Wait(wait, stop);
      if (enough || stop.stop_requested()) {
        return n == 0 ? status : Annotate(status, StrCat("after ", n + 1, " attempts"));
      }
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
  std::atomic<bool> reached_ = false;
  std::mutex mutex_;
  Random random_;
};

}  // namespace datahaul

#endif  // DATAHAUL_RETRY_CALL_H_

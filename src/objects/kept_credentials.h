#ifndef DATAHAUL_OBJECTS_KEPT_CREDENTIALS_H_
#define DATAHAUL_OBJECTS_KEPT_CREDENTIALS_H_

#include <mutex>
#include <optional>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include "base/clock.h"

namespace datahaul {

// Credentials of a cloud, kept until shortly before they expire. `Credentials` has `secret`, by which they are told
// apart, `fetched`, when that was, and `expires`, an optional. Safe for concurrent use.
template <typename Credentials>
class KeptCredentials {
 public:
  // New ones are looked for `ahead` before the old ones expire. `clock` must outlive it.
  KeptCredentials(Clock* clock, Micros ahead) : clock_(clock), ahead_(ahead) {}

  // Those that are kept, or what `find` finds; if that fails, the old ones as long as they are good: then it is not
  // called again for a while.
  absl::StatusOr<Credentials> Get(absl::FunctionRef<absl::StatusOr<Credentials>()> find) {
    const std::lock_guard lock(mutex_);
    const Micros now = clock_->Now();
    if (kept_ && (!kept_->expires || *kept_->expires > (now < again_ ? now : now + ahead_))) return *kept_;
    absl::StatusOr<Credentials> fresh = find();
    if (fresh.ok()) {
      fresh->fetched = now;
      kept_ = *fresh;
    } else if (kept_ && *kept_->expires > now) {
      again_ = clock_->Now() + kPause;
      return *kept_;
    }
    return fresh;
  }

  // The store does not take `refused`: unless others are kept already, the next Get looks again. True if that may help:
  // what does not expire, or is refused when it is new, stays so.
  bool Forget(const Credentials& refused) {
    constexpr Micros kNew = 60'000'000;
    const std::lock_guard lock(mutex_);
    if (kept_ && kept_->secret != refused.secret) return true;
    kept_.reset();
    if (!refused.expires) return false;
    return clock_->Now() - refused.fetched > kNew;
  }

 private:
  static constexpr Micros kPause = 15'000'000;  // after a failure, as long as the old ones are good

  Clock* const clock_;
  const Micros ahead_;
  std::mutex mutex_;
  Micros again_ = 0;                 // not to be looked for before; guarded by mutex_
  std::optional<Credentials> kept_;  // guarded by mutex_
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_KEPT_CREDENTIALS_H_

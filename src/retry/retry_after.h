#ifndef DATAHAUL_RETRY_RETRY_AFTER_H_
#define DATAHAUL_RETRY_RETRY_AFTER_H_

#include "absl/status/status.h"

#include "base/clock.h"

namespace datahaul {

// Marks an error with how long whoever answered wants to be left alone. OK stays OK.
absl::Status WithRetryAfter(absl::Status status, Micros wait);
// 0 if it says nothing of the kind.
Micros RetryAfterOf(const absl::Status& status);

}  // namespace datahaul

#endif  // DATAHAUL_RETRY_RETRY_AFTER_H_

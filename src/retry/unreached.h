#ifndef DATAHAUL_RETRY_UNREACHED_H_
#define DATAHAUL_RETRY_UNREACHED_H_

#include "absl/status/status.h"

namespace datahaul {

// Marks an error: there was nobody to be asked, at that address. OK stays OK.
absl::Status AsUnreached(absl::Status status);
bool IsUnreached(const absl::Status& status);

}  // namespace datahaul

#endif  // DATAHAUL_RETRY_UNREACHED_H_

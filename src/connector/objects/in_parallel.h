#ifndef DATAHAUL_CONNECTOR_OBJECTS_IN_PARALLEL_H_
#define DATAHAUL_CONNECTOR_OBJECTS_IN_PARALLEL_H_

#include <cstddef>
#include <functional>

#include "absl/status/status.h"

namespace datahaul {

// Requests to a store that are made at once: they wait for the network, not for a CPU.
inline constexpr size_t kRequestsAtOnce = 8;

// Calls work(0) … work(n - 1), kRequestsAtOnce of them at a time. After the first that fails no more are begun, and its
// status is returned.
absl::Status InParallel(size_t n, const std::function<absl::Status(size_t)>& work);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_IN_PARALLEL_H_

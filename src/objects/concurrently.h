#ifndef DATAHAUL_OBJECTS_CONCURRENTLY_H_
#define DATAHAUL_OBJECTS_CONCURRENTLY_H_

#include <cstddef>
#include <functional>

#include "absl/status/status.h"

namespace datahaul {

// Calls `step` with 0 … count-1, several at once, as each of them waits for an answer. One that fails leaves the others
// to be done, unless trying again does not help. Returns one of the failures.
absl::Status Concurrently(size_t count, const std::function<absl::Status(size_t)>& step);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_CONCURRENTLY_H_

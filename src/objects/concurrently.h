#ifndef DATAHAUL_OBJECTS_CONCURRENTLY_H_
#define DATAHAUL_OBJECTS_CONCURRENTLY_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"

namespace datahaul {

enum class AfterFailure : uint8_t {
  kStop,  // no other is begun
  kGoOn,  // unless trying again does not help: what is done need not be done again
};

inline constexpr size_t kAnswersAtOnce = 8;

// Calls `step` with 0 … count-1, at most `most` at once, as each of them waits for an answer: with one thread for each
// call of this, and seven more for all of them together, so that a step may call this, too. Returns one of the
// failures.
absl::Status Concurrently(size_t count, AfterFailure after, const std::function<absl::Status(size_t)>& step,
                          size_t most = kAnswersAtOnce);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_CONCURRENTLY_H_

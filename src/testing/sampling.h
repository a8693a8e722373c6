#ifndef DATAHAUL_TESTING_SAMPLING_H_
#define DATAHAUL_TESTING_SAMPLING_H_

#include <cstdint>

namespace datahaul {

// One in how many of a test's very many alike cases (every byte, every cut) is to be tried: all of them, but where
// sanitizers make each ten times as long. It is prime, so that nothing which recurs at even distances is always missed.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr uint64_t kOneIn = 13;
#else
inline constexpr uint64_t kOneIn = 1;
#endif

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_SAMPLING_H_

// A small seedable generator: the same seed gives the same schedule, in tests and simulations.
#ifndef DATAHAUL_BASE_RANDOM_H_
#define DATAHAUL_BASE_RANDOM_H_

#include <cstdint>

namespace datahaul {

// SplitMix64. Not for secrets. Not safe for concurrent use.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  // Uniform in [0, n); n > 0. (The modulo bias is below 2^-32 for the small n this is used with.)
  uint64_t Below(uint64_t n) { return Next() % n; }
  // Uniform in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

 private:
  uint64_t state_;
};

}  // namespace datahaul

#endif  // DATAHAUL_BASE_RANDOM_H_

// What a fuzz target promises about its input.
#ifndef DATAHAUL_FUZZ_CHECK_H_
#define DATAHAUL_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace datahaul {

// Ends the process, which libFuzzer reports with the input, unless `promise` holds.
inline void Check(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

}  // namespace datahaul

#endif  // DATAHAUL_FUZZ_CHECK_H_

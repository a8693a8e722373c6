#include "format/ndjson/xxh3.h"

#if defined(__x86_64__)
#include <immintrin.h>

// For the functions that follow; those of the headers above stay the platform's.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif
#define XXH_INLINE_ALL
#define XXH_VECTOR XXH_AVX2
#include <xxhash.h>

namespace datahaul {

Hash128 Xxh3Avx2(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

}  // namespace datahaul

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif

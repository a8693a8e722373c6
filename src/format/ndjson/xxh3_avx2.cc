#include "format/ndjson/xxh3.h"

#if defined(__x86_64__)
#pragma GCC target("avx2")  // for what follows; the inline functions of headers above stay the platform's
#include <immintrin.h>
#define XXH_INLINE_ALL
#define XXH_VECTOR XXH_AVX2
#include <xxhash.h>

namespace datahaul {

Hash128 Xxh3Avx2(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

}  // namespace datahaul
#endif

#include "format/ndjson/xxh3.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace datahaul {

Hash128 Xxh3Portable(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

}  // namespace datahaul

#ifndef DATAHAUL_FORMAT_NDJSON_XXH3_H_
#define DATAHAUL_FORMAT_NDJSON_XXH3_H_

#include <string_view>

#include "model/digest.h"

namespace datahaul {

// XXH3, 128 bits, seed 0. Both give the same.
Hash128 Xxh3Portable(std::string_view bytes);  // with the vectors that every machine of this kind has
#if defined(__x86_64__)
Hash128 Xxh3Avx2(std::string_view bytes);
#endif

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_XXH3_H_

#include "format/ndjson/xxh3.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "format/ndjson/record_hasher.h"

namespace datahaul {
namespace {

TEST(Xxh3Test, AllWaysGiveTheSameAtEverySize) {
  EXPECT_EQ(Xxh3Portable("").ToHex(), "99aa06d3014798d86001c324468d497f");  // xxhsum -H2 </dev/null
  Random random(1);
  std::string bytes;
  for (int size = 0; size < 3'000; ++size, bytes += static_cast<char>(random.Next())) {
    const Hash128 hash = Xxh3Portable(bytes);
    ASSERT_EQ(HashLine(bytes), hash) << size;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
      ASSERT_EQ(Xxh3Avx2(bytes), hash) << size;
    }
#endif
  }
}

}  // namespace
}  // namespace datahaul

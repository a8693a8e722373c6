#include "objects/azure/crc64.h"

#include <string>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

// Of Microsoft's own clients, and of the catalogue of CRCs.
TEST(Crc64, KnownValues) {
  EXPECT_EQ(Crc64(""), 0u);
  EXPECT_EQ(Crc64("123456789"), 0xAE8B14860A799888u);
  EXPECT_EQ(Crc64("Hello World!"), 208604604655264165u);
  EXPECT_EQ(Crc64("123456789!@#$%^&*()"), 2153758901452455624u);
}

// By the definition, a bit at a time.
uint64_t Slowly(const std::string& bytes) {
  uint64_t crc = ~uint64_t{0};
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x9A6C9329AC4BC9B5u : crc >> 1;
  }
  return ~crc;
}

TEST(Crc64, AnyLength) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Crc64(bytes), Slowly(bytes)) << i;
    bytes += static_cast<char>(i * 37);
  }
}

}  // namespace
}  // namespace datahaul

#include "io/checksum.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "base/random.h"

namespace datahaul {
namespace {

std::string Bytes(size_t size, Random* random) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random->Next());
  return bytes;
}

// A bit at a time, as the definition has it.
uint32_t SlowCrc32c(std::string_view data) {
  uint32_t crc = 0xffffffff;
  for (const unsigned char c : data) {
    crc ^= c;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0u);
  }
  return ~crc;
}

TEST(Crc32cTest, Rfc3720Vectors) {
  std::string up, down;
  for (int i = 0; i < 32; ++i) {
    up += static_cast<char>(i);
    down += static_cast<char>(31 - i);
  }
  const std::string read_command(
      "\x01\xc0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x14\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x14\x00\x00\x00\x18"
      "\x28\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00",
      48);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c(up), 0x46dd794eu);
  EXPECT_EQ(Crc32c(down), 0x113fdb5cu);
  EXPECT_EQ(Crc32c(read_command), 0xd9963a56u);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(Crc32cTest, EqualsTheDefinitionAtEveryLengthAndAlignment) {
  Random random(1);
  const std::string bytes = Bytes(700, &random);
  for (size_t size = 0; size <= 600; ++size) {
    const std::string_view part = std::string_view(bytes).substr(size % 64, size);
    ASSERT_EQ(Crc32c(part), SlowCrc32c(part)) << size;
  }
  const std::string large = Bytes(300'000, &random);
  EXPECT_EQ(Crc32c(large), SlowCrc32c(large));
}

TEST(Crc32cTest, GoesOnWhereItStopped) {
  Random random(2);
  for (int i = 0; i < 1000; ++i) {
    const std::string bytes = Bytes(random.Below(3000), &random);
    const size_t cut = random.Below(bytes.size() + 1);
    const std::string_view all = bytes;
    ASSERT_EQ(Crc32c(all.substr(cut), Crc32c(all.substr(0, cut))), Crc32c(all));
  }
}

TEST(Crc32cCombineTest, RandomSplits) {
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes = Bytes(random.Below(i % 10 == 0 ? 100'000 : 300), &random);
    const std::string_view all = bytes;
    uint32_t joined = 0;
    for (size_t at = 0; at < all.size();) {  // also with empty pieces
      const size_t size = random.Below(all.size() - at + 1);
      joined = Crc32cCombine(joined, Crc32c(all.substr(at, size)), size);
      at += size;
    }
    ASSERT_EQ(joined, Crc32c(all)) << bytes.size();
  }
}

TEST(Crc32cCombineTest, NothingAddsNothing) {
  EXPECT_EQ(Crc32cCombine(0x12345678, 0, 0), 0x12345678u);
  EXPECT_EQ(Crc32cCombine(0, 0x12345678, 1000), 0x12345678u);
}

// Lengths that nobody could compute a CRC over: joined pairwise from the left or from the right, it is the same.
TEST(Crc32cCombineTest, LongLengths) {
  Random random(4);
  for (int i = 0; i < 1000; ++i) {
    const auto a = static_cast<uint32_t>(random.Next()), b = static_cast<uint32_t>(random.Next()),
               c = static_cast<uint32_t>(random.Next());
    const uint64_t size_b = random.Next() >> (1 + random.Below(60)), size_c = random.Next() >> (1 + random.Below(60));
    ASSERT_EQ(Crc32cCombine(Crc32cCombine(a, b, size_b), c, size_c),
              Crc32cCombine(a, Crc32cCombine(b, c, size_c), size_b + size_c));
  }
  // 2^40 zero bytes, by doubling.
  uint32_t zeros = Crc32c(std::string(1, '\0'));
  for (int i = 0; i < 40; ++i) zeros = Crc32cCombine(zeros, zeros, uint64_t{1} << i);
  const uint32_t one_more = Crc32cCombine(zeros, Crc32c(std::string(1, '\0')), 1);
  EXPECT_EQ(one_more, Crc32cCombine(Crc32c(std::string(1, '\0')), zeros, uint64_t{1} << 40));
}

}  // namespace
}  // namespace datahaul

#include "base/bytes.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"

#include "base/random.h"

namespace datahaul {
namespace {

TEST(LoadTest, AnyAlignmentLowestByteFirst) {
  const char bytes[] = "\x01\x02\x03\x04\x05\x06\x07\x08\xff";
  EXPECT_EQ(LoadLE<uint16_t>(bytes), 0x0201);
  EXPECT_EQ(LoadLE<uint32_t>(bytes + 1), 0x05040302u);
  EXPECT_EQ(LoadLE<uint64_t>(bytes + 1), 0xff08070605040302u);
  EXPECT_EQ(LoadLE<int8_t>(bytes + 8), -1);
  char out[9] = {};
  StoreLE<uint64_t>(out + 1, 0xff08070605040302u);
  EXPECT_EQ(std::string(out + 1, 8), std::string(bytes + 1, 8));
  StoreLE<uint16_t>(out, 0x0201);
  EXPECT_EQ(std::string(out, 2), "\x01\x02");
}

TEST(ByteBufferTest, BeginsEmpty) {
  ByteBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.size(), 0u);
  EXPECT_EQ(buffer.capacity(), 0u);
  EXPECT_EQ(buffer.view(), "");
  buffer.Append("");
  buffer.resize(0);
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
}

TEST(ByteBufferTest, ReserveOfNothingStillGivesAnAddressAndSlack) {
  ByteBuffer buffer;
  buffer.Reserve(0);
  ASSERT_NE(buffer.data(), nullptr);
  std::memset(buffer.end(), 'x', kSlack);
}

TEST(ByteBufferTest, KeepsItsBytesAsItGrows) {
  Random random(3);
  ByteBuffer buffer;
  std::string expected;
  while (expected.size() < (1 << 20)) {
    const size_t size = random.Below(3000);
    const std::string piece(size, static_cast<char>('a' + random.Below(26)));
    expected += piece;
    if (random.Below(2) == 0) {
      buffer.Append(piece);
    } else {
      buffer.Reserve(size);
      std::memcpy(buffer.end(), piece.data(), size);
      buffer.Advance(size);
    }
    ASSERT_LE(buffer.size(), buffer.capacity());
  }
  EXPECT_EQ(buffer.view(), expected);
}

TEST(ByteBufferTest, SlackBehindTheCapacityMayBeWritten) {
  for (const size_t size : {1, 4095, 4096, 4097, 100'000}) {
    ByteBuffer buffer;
    buffer.Reserve(size);
    ASSERT_GE(buffer.capacity(), size);
    std::memset(buffer.end(), 'x', buffer.capacity() + kSlack);
    buffer.resize(buffer.capacity());
    EXPECT_EQ(buffer.view().find_first_not_of('x'), std::string_view::npos);
  }
}

TEST(ByteBufferTest, ResizeKeepsWhatIsThere) {
  ByteBuffer buffer;
  buffer.Append("hello");
  buffer.resize(100'000);
  EXPECT_EQ(buffer.size(), 100'000u);
  EXPECT_EQ(buffer.view().substr(0, 5), "hello");
  buffer.resize(2);
  EXPECT_EQ(buffer.view(), "he");
  const size_t capacity = buffer.capacity();
  buffer.clear();
  EXPECT_EQ(buffer.capacity(), capacity);
  buffer.Reset();
  EXPECT_EQ(buffer.capacity(), 0u);
  EXPECT_EQ(buffer.data(), nullptr);
  buffer.Append("again");
  EXPECT_EQ(buffer.view(), "again");
}

TEST(ByteBufferTest, Moves) {
  ByteBuffer a;
  a.Append("a");
  const char* const data = a.data();
  ByteBuffer b(std::move(a));
  EXPECT_EQ(b.view(), "a");
  EXPECT_EQ(b.data(), data);
  ByteBuffer c;
  c.Append("c");
  c = std::move(b);
  EXPECT_EQ(c.view(), "a");
  c = ByteBuffer();
  EXPECT_TRUE(c.empty());
}

}  // namespace
}  // namespace datahaul

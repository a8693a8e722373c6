#include "format/parquet/hybrid.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"

namespace datahaul {
namespace {

// As the format's description has it, bit by bit.
std::vector<uint32_t> Unpack(std::string_view bytes, int width, size_t size) {
  std::vector<uint32_t> values;
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(bytes.at(at)); };
  for (size_t at = 0; at < bytes.size();) {
    uint64_t head = 0;
    int shift = 0;
    do {
      head |= uint64_t{byte(at) & 0x7Fu} << shift;
      shift += 7;
    } while ((byte(at++) & 0x80) != 0);
    if ((head & 1) == 0) {
      uint32_t value = 0;
      for (int i = 0; i < (width + 7) / 8; ++i) value |= uint32_t{byte(at++)} << (8 * i);
      values.insert(values.end(), head >> 1, value);
      continue;
    }
    const uint64_t count = (head >> 1) * 8;
    for (uint64_t i = 0; i < count; ++i) {
      uint32_t value = 0;
      for (int bit = 0; bit < width; ++bit) {
        const uint64_t place = i * static_cast<unsigned>(width) + static_cast<unsigned>(bit);
        value |= (uint32_t{byte(at + place / 8)} >> (place % 8) & 1) << bit;
      }
      values.push_back(value);
    }
    at += (head >> 1) * static_cast<unsigned>(width);
  }
  EXPECT_GE(values.size(), size);
  EXPECT_LT(values.size(), size + 8);
  values.resize(size);
  return values;
}

TEST(HybridTest, AllWidthsComeBack) {
  Random random(5);
  for (int width = 1; width <= 32; ++width) {
    for (const size_t size : {1, 7, 8, 9, 503, 504, 505, 3000}) {
      for (const uint64_t odds : {1, 3, 40}) {  // of a new value: packed, mixed, runs
        std::vector<uint32_t> values(size);
        uint32_t value = 0;
        for (uint32_t& next : values) {
          if (random.Below(odds) == 0) value = static_cast<uint32_t>(random.Next() >> (64 - width));
          next = value;
        }
        ByteBuffer out;
        AppendHybrid(std::span<const uint32_t>(values), width, &out);
        ASSERT_EQ(Unpack(out.view(), width, size), values) << width << ' ' << size << ' ' << odds;
      }
    }
  }
}

TEST(HybridTest, RunsAreShort) {
  const std::vector<uint16_t> values(1'000'000, 3);
  ByteBuffer out;
  AppendHybrid(std::span<const uint16_t>(values), 2, &out);
  EXPECT_EQ(out.size(), 4u);
  out.clear();
  AppendRun(3, values.size(), 2, &out);
  EXPECT_EQ(Unpack(out.view(), 2, values.size()), std::vector<uint32_t>(values.size(), 3));
}

}  // namespace
}  // namespace datahaul

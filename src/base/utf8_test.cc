#include "base/utf8.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"
#include "base/text.h"

namespace datahaul {
namespace {

// Straight from the Unicode Standard, table 3-7 (well-formed byte sequences): how many bytes the one at p takes, or 0.
size_t SequenceSize(const unsigned char* p, size_t left) {
  const struct {
    unsigned char first_low, first_high, second_low, second_high;
    size_t size;
  } kRows[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
               {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
               {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  for (const auto& row : kRows) {
    if (p[0] < row.first_low || p[0] > row.first_high) continue;
    if (left < row.size) return 0;
    if (row.size > 1 && (p[1] < row.second_low || p[1] > row.second_high)) return 0;
    for (size_t i = 2; i < row.size; ++i) {
      if (p[i] < 0x80 || p[i] > 0xbf) return 0;
    }
    return row.size;
  }
  return 0;
}

bool WellFormed(std::string_view text) {
  const auto* const p = reinterpret_cast<const unsigned char*>(text.data());
  for (size_t i = 0; i < text.size();) {
    const size_t size = SequenceSize(p + i, text.size() - i);
    if (size == 0) return false;
    i += size;
  }
  return true;
}

const std::vector<std::string>& Sequences() {
  static const std::vector<std::string> sequences = {
      "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
      "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
      // Malformed: lone continuation, overlong forms, surrogates, too large, cut, no first byte at all.
      "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
      "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "\xc2", "\xe1\x80",
      "\xf1\x80\x80"};
  return sequences;
}

TEST(Utf8Test, EveryOneAndTwoBytes) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8(std::string_view()));
  for (int a = 0; a < 256; ++a) {
    for (int b = -1; b < 256; ++b) {
      std::string text(1, static_cast<char>(a));
      if (b >= 0) text += static_cast<char>(b);
      ASSERT_EQ(IsUtf8(text), WellFormed(text)) << Hex(text);
    }
  }
}

TEST(Utf8Test, EveryThreeAndFourBytesAtTheEdgesOfTheirRanges) {
  const std::string edges = "\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc2\xe0\xed\xf0\xf4";
  for (int first = 0xc0; first < 256; ++first) {
    for (const char b : edges) {
      for (const char c : edges) {
        const std::string three = {static_cast<char>(first), b, c};
        ASSERT_EQ(IsUtf8(three), WellFormed(three)) << Hex(three);
        for (const char d : edges) {
          ASSERT_EQ(IsUtf8(three + d), WellFormed(three + d)) << Hex(three + d);
        }
      }
    }
  }
}

// Vector code looks at blocks: a sequence may lie across the border of two, or end the text.
TEST(Utf8Test, EverySequenceAtEveryPlace) {
  for (const std::string& sequence : Sequences()) {
    for (size_t before = 0; before <= 70; ++before) {
      for (const size_t after : {0, 1, 40}) {
        const std::string text = std::string(before, 'x') + sequence + std::string(after, 'y');
        ASSERT_EQ(IsUtf8(text), WellFormed(sequence)) << Hex(sequence) << " at " << before;
      }
    }
  }
}

TEST(Utf8Test, RandomMixtures) {
  Random random(4);
  int good = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    // Mostly well-formed, or none of the longer ones would be.
    while (random.Below(40) != 0) text += Sequences()[random.Below(random.Below(100) == 0 ? Sequences().size() : 10)];
    ASSERT_EQ(IsUtf8(text), WellFormed(text)) << Hex(text);
    good += WellFormed(text);
  }
  EXPECT_GT(good, 5'000);
  EXPECT_LT(good, 19'000);
}

}  // namespace
}  // namespace datahaul

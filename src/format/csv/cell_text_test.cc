#include "format/csv/cell_text.h"

#include <random>
#include <string>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

// A text with kSlack bytes behind it that are all special.
struct Padded {
  explicit Padded(std::string_view text) : size(text.size()), bytes(text) { bytes.append(kSlack, '"'); }
  std::string_view view() const { return {bytes.data(), size}; }
  const char* begin() const { return bytes.data(); }
  const char* end() const { return bytes.data() + size; }
  size_t size;
  std::string bytes;
};

std::string Random(std::mt19937& random) {
  static constexpr std::string_view kBytes = "abc,;\"\r\n\xC3\xBC\x7F";
  std::string text(random() % 80, 'x');
  const unsigned share = 1 + random() % 40;
  for (char& c : text) {
    if (random() % share == 0) c = kBytes[random() % kBytes.size()];
  }
  return text;
}

// That vectors and the portable form copy the same, and see all bytes above 0x7f in it.
void ExpectSameCopies(const Padded& text) {
  const auto copy = [&](auto write, std::string_view from, bool* high) {
    std::string out(2 * text.size + kSlack, ' ');
    out.resize(static_cast<size_t>(write(out.data(), from, high) - out.data()));
    return out;
  };
  const auto until = [](char* out, std::string_view from, bool* high) {
    return WriteUntilSpecial(out, from, ',', high);
  };
  const auto until_portable = [](char* out, std::string_view from, bool* high) {
    return WriteUntilSpecialPortable(out, from, ',', high);
  };
  bool fast = false, portable = false;
  ASSERT_EQ(copy(WriteDoubled, text.view(), &fast), copy(WriteDoubledPortable, text.view(), &portable));
  ASSERT_EQ(fast, portable);
  fast = portable = false;
  const std::string begin = copy(until, text.view(), &fast);
  ASSERT_EQ(begin, copy(until_portable, text.view(), &portable));
  copy(WriteDoubled, text.view().substr(begin.size()), &fast);
  copy(WriteDoubledPortable, text.view().substr(begin.size()), &portable);
  ASSERT_EQ(fast, portable);
}

TEST(CellTextTest, VectorsAndThePortableFormAgree) {
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const Padded text(Random(random));
    for (const char delimiter : {',', ';', '\x7F'}) {
      ASSERT_EQ(FindSpecial(text.begin(), text.end(), delimiter),
                FindSpecialPortable(text.begin(), text.end(), delimiter));
      if (text.size > kShortCell) continue;
      char fast[kShortCell + kSlack], portable[kShortCell + kSlack];
      char* const fast_end = WriteShortCell(fast, text.view(), delimiter);
      char* const portable_end = WriteShortCellPortable(portable, text.view(), delimiter);
      ASSERT_EQ(fast_end == nullptr, portable_end == nullptr) << text.view();
      if (fast_end != nullptr) {
        ASSERT_EQ(std::string(fast, fast_end), text.view());
        ASSERT_EQ(std::string(portable, portable_end), text.view());
      }
    }
    ASSERT_EQ(FindQuote(text.begin(), text.end()), FindQuotePortable(text.begin(), text.end()));
    ExpectSameCopies(text);
  }
}

TEST(CellTextTest, Doubled) {
  for (const char* text : {"", "a", "\"", "a\"b", "\"\"\"", "a\"\"b\""}) {
    const Padded padded(text);
    std::string out(2 * padded.size + kSlack, ' ');
    std::string expected;
    bool high = false;
    for (const char c : std::string_view(text)) expected += c == '"' ? "\"\"" : std::string(1, c);
    EXPECT_EQ(std::string(out.data(), WriteDoubled(out.data(), padded.view(), &high)), expected);
  }
}

}  // namespace
}  // namespace datahaul

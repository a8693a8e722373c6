#include "base/text.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "base/random.h"

namespace datahaul {
namespace {

constexpr std::string_view kBase64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string RandomBytes(size_t size, Random* random) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random->Next());
  return bytes;
}

std::optional<std::string> UnBase64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3, '\0');  // as much as may be written; the sanitizer watches the rest
  const std::optional<size_t> size = UnBase64To(bytes.data(), text);
  if (!size) return std::nullopt;
  return bytes.substr(0, *size);
}

TEST(StrCatTest, TextsIntegersAndCharacters) {
  const std::string text = "s";
  EXPECT_EQ(StrCat(), "");
  EXPECT_EQ(StrCat("a", std::string_view("b"), text, 'c'), "absc");
  EXPECT_EQ(StrCat(0, " ", -7, " ", uint8_t{65}, " ", int8_t{-128}), "0 -7 65 -128");
  EXPECT_EQ(StrCat(std::numeric_limits<int64_t>::min(), "/", std::numeric_limits<uint64_t>::max()),
            "-9223372036854775808/18446744073709551615");
  EXPECT_EQ(StrCat(std::string_view("a\0b", 3)), std::string("a\0b", 3));
  std::string out = "x";
  StrAppend(&out, 1, "y");
  EXPECT_EQ(out, "x1y");
}

TEST(Base64Test, Rfc4648Vectors) {
  const struct {
    std::string_view bytes, text;
  } kCases[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"},
                {"\xfb\xff\xbe", "+/++"}};
  for (const auto& [bytes, text] : kCases) {
    EXPECT_EQ(Base64(bytes), text);
    EXPECT_EQ(Base64Size(bytes.size()), text.size());
    EXPECT_EQ(UnBase64(text), bytes);
  }
}

TEST(Base64Test, EveryLengthComesBack) {
  Random random(1);
  for (size_t size = 0; size <= 200; ++size) {
    const std::string bytes = RandomBytes(size, &random);
    const std::string text = Base64(bytes);
    ASSERT_EQ(text.size(), Base64Size(size));
    ASSERT_EQ(UnBase64(text), bytes) << size;
  }
}

TEST(Base64Test, WritesNoMoreThanItSays) {
  for (const size_t size : {0, 1, 2, 3, 4, 5, 6}) {
    std::string out(Base64Size(size) + 1, '#');
    const std::string bytes(size, 'x');
    EXPECT_EQ(Base64To(out.data(), bytes.data(), size), out.data() + Base64Size(size));
    EXPECT_EQ(out.back(), '#');
  }
}

TEST(Base64Test, OnlyTheCanonicalFormIsRead) {
  for (const std::string_view text :
       {"Z",    "Zg",       "Zg=",     "Zg==\n",          " Zg==", "Zg==Zg==", "Zm8=Zm9v", "====",
        "=AAA", "A===",     "AA=A",    "Zm9v====",        "Zm-_",  "Zh==",     "Zn==",     "Zm9=",
        "Zm+=", "Zm9v Zm9", "AAA\x80", "\xff\xff\xff\xff"}) {
    EXPECT_EQ(UnBase64(text), std::nullopt) << text;
  }
}

// Of all texts that differ in one byte, exactly those of letters are read, and each as something else.
TEST(Base64Test, EveryByteAtEveryPlace) {
  const std::string bytes = "0123456789a";  // ends with one padding character
  const std::string text = Base64(bytes);
  for (size_t at = 0; at < text.size() - 1; ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string changed = text;
      changed[at] = static_cast<char>(c);
      const std::optional<std::string> read = UnBase64(changed);
      const size_t letter = kBase64Letters.find(static_cast<char>(c));
      // The letter before the padding must leave its last two bits zero.
      const bool good = letter != std::string_view::npos && (at != text.size() - 2 || letter % 4 == 0);
      ASSERT_EQ(read.has_value(), good) << at << " " << c;
      if (good) {
        ASSERT_EQ(Base64(*read), changed);
      }
    }
  }
}

TEST(ShortenedTest, EndsWithAWholeCharacter) {
  EXPECT_EQ(Utf8Prefix("abc", 3), "abc");
  EXPECT_EQ(Utf8Prefix("abc", 2), "ab");
  EXPECT_EQ(Utf8Prefix("aé", 2), "a");
  EXPECT_EQ(Utf8Prefix("é", 1), "");
  EXPECT_EQ(Shortened(std::string(80, 'x')), std::string(80, 'x'));
  EXPECT_EQ(Shortened(std::string(81, 'x')), std::string(80, 'x') + "…");
  EXPECT_EQ(Shortened(std::string(79, 'x') + "é"), std::string(79, 'x') + "…");
}

TEST(HexTest, BothWays) {
  EXPECT_EQ(Hex(std::string_view("\x00\x0f\xa5\xff", 4)), "000fa5ff");
  EXPECT_EQ(UnHex("000fa5ff"), std::string("\x00\x0f\xa5\xff", 4));
  EXPECT_EQ(Hex(""), "");
  EXPECT_EQ(UnHex(""), "");
  Random random(2);
  for (size_t size = 0; size < 40; ++size) {
    const std::string bytes = RandomBytes(size, &random);
    EXPECT_EQ(UnHex(Hex(bytes)), bytes);
  }
}

TEST(HexTest, OnlyPairsOfLowerCaseDigits) {
  for (const std::string_view text : {"0", "000", "0A", "A0", "0g", "g0", " 0", "0x", "\xff\xff", "/0", ":0", "`0"}) {
    EXPECT_EQ(UnHex(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace datahaul

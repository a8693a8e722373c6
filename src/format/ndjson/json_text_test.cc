#include "format/ndjson/json_text.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"
#include "base/text.h"
#include "testing/sampling.h"

namespace datahaul {
namespace {

// Memory of exactly this size, so that the sanitizer sees a byte too many.
std::unique_ptr<char[]> Exactly(size_t size) { return std::make_unique<char[]>(size); }

// ------------------------------------------------------------ strings

std::string SlowEscaped(std::string_view text, JsonQuotes quotes = JsonQuotes::kOnce) {
  std::string out;
  for (const char c : text) {
    constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t", kShort = "\"\\bfnrt";
    if (const size_t i = kSpecial.find(c); i != std::string_view::npos) {
      out += {'\\', kShort[i]};
      if (c == '"' && quotes == JsonQuotes::kTwice) out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out;
}

bool HasHigh(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > 0x7f) return true;
  }
  return false;
}

using Writer = char* (*)(char* out, std::string_view text, bool* high);

// `behind` fills the slack behind the text: it may be looked at, but must not matter.
void ExpectEscaped(Writer write, std::string_view text, char behind, JsonQuotes quotes = JsonQuotes::kOnce) {
  const auto in = Exactly(text.size() + kSlack);
  std::memcpy(in.get(), text.data(), text.size());
  std::memset(in.get() + text.size(), behind, kSlack);
  const auto out = Exactly(JsonStringRoom(text.size()));
  bool high = false;
  char* const end = write(out.get(), {in.get(), text.size()}, &high);
  ASSERT_EQ(std::string(out.get(), end), SlowEscaped(text, quotes)) << Hex(text);
  ASSERT_EQ(high, HasHigh(text)) << Hex(text);
  high = true;  // stays
  write(out.get(), {in.get(), text.size()}, &high);
  ASSERT_TRUE(high);
}

void ExpectShort(char* (*write)(char* out, std::string_view text), std::string_view text, char behind) {
  const auto in = Exactly(std::max(text.size(), kShortText));
  std::memset(in.get(), behind, kShortText);
  std::memcpy(in.get(), text.data(), text.size());
  const auto out = Exactly(kShortText);
  char* const end = write(out.get(), {in.get(), text.size()});
  const bool ordinary = !HasHigh(text) && SlowEscaped(text) == text;
  ASSERT_EQ(end != nullptr, ordinary) << Hex(text);
  if (ordinary) {
    ASSERT_EQ(std::string(out.get(), end), text);
  }
}

void ExpectAllWriters(std::string_view text) {
  for (const char behind : {'x', '"', '\0', '\xff'}) {
    ExpectEscaped(WriteEscaped, text, behind);
    ExpectEscaped(WriteEscapedPortable, text, behind);
    ExpectEscaped(WriteEscaped<JsonQuotes::kTwice>, text, behind, JsonQuotes::kTwice);
    ExpectEscaped(WriteEscapedPortable<JsonQuotes::kTwice>, text, behind, JsonQuotes::kTwice);
    if (text.size() > kShortText) continue;
    ExpectShort(WriteShort, text, behind);
    ExpectShort(WriteShortPortable, text, behind);
  }
}

TEST(JsonStringTest, EveryByteAlone) {
  for (int c = 0; c < 256; ++c) ExpectAllWriters(std::string(1, static_cast<char>(c)));
}

TEST(JsonStringTest, EverySpecialByteAtEveryPlaceOfEveryLength) {
  std::string specials = "\"\\\x1f\x20\x21\x7f\x80\xa2\xdc\xff";  // 0xa2 and 0xdc: " and \ with the top bit set
  for (int c = 0; c < 0x20; c += 3) specials += static_cast<char>(c);
  for (size_t size = 1; size <= 70; ++size) {
    for (size_t at = size % kOneIn; at < size; at += kOneIn) {
      for (const char c : specials) {
        std::string text(size, 'a');
        text[at] = c;
        ExpectAllWriters(text);
      }
    }
    if (HasFatalFailure()) return;
  }
}

TEST(JsonStringTest, RandomBytesOfEveryLength) {
  Random random(1);
  for (size_t size = 0; size <= 70; ++size) {
    for (int i = 0; i < static_cast<int>(200 / kOneIn); ++i) {
      std::string text(size, '\0');
      // From "all special" to "hardly any".
      const uint64_t ordinary = 1 + random.Below(30);
      for (char& c : text)
        c = static_cast<char>(random.Below(ordinary) != 0 ? 'a' + random.Below(26)
                              : random.Below(2) == 0      ? random.Below(0x23)
                                                          : random.Next());
      ExpectAllWriters(text);
    }
    if (HasFatalFailure()) return;
  }
}

TEST(JsonStringTest, APieceAtATime) {
  Random random(2);
  for (int i = 0; i < 500; ++i) {
    std::string text(random.Below(300), '\0');
    for (char& c : text) c = static_cast<char>(random.Next());
    const size_t cut = random.Below(text.size() + 1);
    const std::string slack = text + std::string(kSlack, '"');
    const auto out = Exactly(JsonStringRoom(text.size()));
    bool high = false;
    char* end = WriteEscaped(out.get(), std::string_view(slack).substr(0, cut), &high);
    end = WriteEscaped(end, std::string_view(slack).substr(cut, text.size() - cut), &high);
    ASSERT_EQ(std::string(out.get(), end), SlowEscaped(text));
  }
}

TEST(JsonStringTest, WithQuotes) {
  const std::string text = "größe\n" + std::string(kSlack, 'x');
  const std::string_view view = std::string_view(text).substr(0, 8);
  const auto out = Exactly(JsonStringRoom(view.size()));
  EXPECT_EQ(std::string(out.get(), WriteJsonString(out.get(), view)), "\"größe\\n\"");
}

// ------------------------------------------------------------ numbers

TEST(JsonNumberTest, Integers) {
  for (const int64_t value : {int64_t{0}, int64_t{-1}, int64_t{42}, std::numeric_limits<int64_t>::max(),
                              std::numeric_limits<int64_t>::min()}) {
    const auto out = Exactly(20);
    EXPECT_EQ(std::string(out.get(), WriteInt(out.get(), value)), std::to_string(value));
  }
}

TEST(JsonNumberTest, IntegersAroundEveryPowerOfTen) {
  for (int64_t power = 1; power < 1'000'000'000'000'000'000; power *= 10) {
    for (const int64_t value : {power - 1, power, power + 1, -power, 12 * power / 10, power / 3 * 10}) {
      const auto out = Exactly(20);
      EXPECT_EQ(std::string(out.get(), WriteInt(out.get(), value)), std::to_string(value));
    }
  }
}

std::string Written(double value) {
  const auto out = Exactly(40);  // what may be touched
  const std::string text(out.get(), WriteFiniteDouble(out.get(), value));
  EXPECT_LE(text.size(), 25u);
  return text;
}

// Python's repr: the shortest digits, which std::to_chars gives, laid out by the place of the decimal point.
std::string Repr(double value) {
  char scientific[32];
  const auto end =
      std::to_chars(scientific, scientific + sizeof scientific, std::abs(value), std::chars_format::scientific).ptr;
  const std::string_view text(scientific, static_cast<size_t>(end - scientific));
  const size_t e = text.find('e');
  const int exponent = std::stoi(std::string(text.substr(e + 1)));
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  const std::string sign = std::signbit(value) ? "-" : "";
  const int point = exponent + 1;  // digits before it
  const auto count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    const std::string power = std::to_string(std::abs(exponent));
    return StrCat(sign, digits.substr(0, 1), count > 1 ? "." : "", digits.substr(1), "e", exponent < 0 ? "-" : "+",
                  power.size() < 2 ? "0" : "", power);
  }
  if (point <= 0) return StrCat(sign, "0.", std::string(static_cast<size_t>(-point), '0'), digits);
  if (point >= count) return StrCat(sign, digits, std::string(static_cast<size_t>(point - count), '0'), ".0");
  return StrCat(sign, digits.substr(0, static_cast<size_t>(point)), ".", digits.substr(static_cast<size_t>(point)));
}

void ExpectDouble(double value) {
  if (!std::isfinite(value)) return;
  const std::string text = Written(value);
  ASSERT_EQ(text, Repr(value)) << std::bit_cast<uint64_t>(value);
  double back = 0;
  std::from_chars(text.data(), text.data() + text.size(), back);
  ASSERT_EQ(std::bit_cast<uint64_t>(back), std::bit_cast<uint64_t>(value)) << text;
}

TEST(JsonNumberTest, DoublesAsPythonWritesThem) {
  const struct {
    double value;
    std::string_view text;
  } kCases[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {5, "5.0"},
      {-1, "-1.0"},
      {0.1, "0.1"},
      {0.30000000000000004, "0.30000000000000004"},
      {0.0001, "0.0001"},
      {0.00012345678901234567, "0.00012345678901234567"},
      {0.00001, "1e-05"},
      {9.999e-5, "9.999e-05"},
      {1e15, "1000000000000000.0"},
      {1234567890123456.7, "1234567890123456.8"},
      {-1234567890123456.7, "-1234567890123456.8"},
      {9999999999999998, "9999999999999998.0"},
      {1e16, "1e+16"},
      {12345678901234567890.0, "1.2345678901234567e+19"},
      {1e22, "1e+22"},
      {1e100, "1e+100"},
      {5e-324, "5e-324"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {2.225073858507201e-308, "2.225073858507201e-308"},
      {-1.7976931348623157e308, "-1.7976931348623157e+308"},
      {9007199254740993.0, "9007199254740992.0"},
      {2e-44, "2e-44"},
      {9.5367431640625e-07, "9.5367431640625e-07"},
  };
  for (const auto& [value, text] : kCases) {
    EXPECT_EQ(Written(value), text);
    ExpectDouble(value);
  }
}

TEST(JsonNumberTest, HundredthsAndTheirNeighbours) {
  Random random(4);
  for (int i = 0; i < static_cast<int>(200'000 / kOneIn) && !testing::Test::HasFatalFailure(); ++i) {
    const auto cents = static_cast<double>(random.Next() >> (14 + random.Below(50)));
    const double value = cents / (random.Below(2) == 0 ? 100 : 1000);
    ExpectDouble(value);
    ExpectDouble(-std::nextafter(value, 0.0));
    ExpectDouble(std::nextafter(value, std::numeric_limits<double>::infinity()));
  }
}

TEST(JsonNumberTest, PowersAndTheirNeighbours) {
  std::vector<double> values;
  for (int e = -1074; e <= 1023; ++e) values.push_back(std::ldexp(1.0, e));
  for (int e = -323; e <= 307; ++e) {
    for (int digit = 1; digit <= 9; ++digit) values.push_back(std::strtod(StrCat(digit, "e", e).c_str(), nullptr));
  }
  for (double tens = 1; tens < 1e17; tens *= 10)
    values.insert(values.end(), {tens - 1, tens + 1, tens / 3, tens + 0.5});
  for (const double value : values) {
    for (const double sign : {1.0, -1.0}) {
      ExpectDouble(sign * value);
      ExpectDouble(sign * std::nextafter(value, 0.0));
      ExpectDouble(sign * std::nextafter(value, std::numeric_limits<double>::infinity()));
    }
    if (HasFatalFailure()) return;
  }
}

TEST(JsonNumberTest, RandomBitPatterns) {
  Random random(3);
  for (int i = 0; i < static_cast<int>(300'000 / kOneIn) && !HasFatalFailure(); ++i)
    ExpectDouble(std::bit_cast<double>(random.Next()));
}

TEST(JsonNumberTest, RandomNumbersOfEveryDayUse) {
  Random random(4);
  for (int i = 0; i < static_cast<int>(200'000 / kOneIn) && !HasFatalFailure(); ++i) {
    const auto whole = static_cast<double>(static_cast<int64_t>(random.Next()) >> random.Below(64));
    ExpectDouble(whole);
    ExpectDouble(whole / std::pow(10, static_cast<double>(random.Below(20))));
    ExpectDouble(random.Unit());
  }
}

TEST(JsonNumberTest, WhatIsNoNumberStandsInQuotes) {
  const auto written = [](double value) {
    const auto out = Exactly(40);
    return std::string(out.get(), WriteDouble(out.get(), value));
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(written(kInfinity), "\"Infinity\"");
  EXPECT_EQ(written(-kInfinity), "\"-Infinity\"");
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "\"NaN\"");
  EXPECT_EQ(written(std::bit_cast<double>(0xfff0000000000001u)), "\"NaN\"");
  EXPECT_EQ(written(-2.5), "-2.5");
}

// ------------------------------------------------------------ times

constexpr int64_t kSecond = 1'000'000, kDay = 86'400 * kSecond;

std::string WrittenTime(Micros time) {
  const auto out = Exactly(27);
  char* const end = WriteTimestamp(out.get(), time);
  EXPECT_EQ(end, out.get() + 27);
  return {out.get(), 27};
}

std::string SlowTime(Micros time) {
  const int64_t days = time / kDay - (time % kDay < 0), rest = time - days * kDay;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(rest / kSecond / 3600), static_cast<int>(rest / kSecond / 60 % 60),
                static_cast<int>(rest / kSecond % 60), static_cast<int>(rest % kSecond));
  return text;
}

void ExpectTime(Micros time) { ASSERT_EQ(WrittenTime(time), SlowTime(time)) << time; }

TEST(JsonTimeTest, Known) {
  const struct {
    Micros time;
    std::string_view text;
  } kCases[] = {
      {0, "1970-01-01T00:00:00.000000Z"},
      {-1, "1969-12-31T23:59:59.999999Z"},
      {1, "1970-01-01T00:00:00.000001Z"},
      {981173106789012, "2001-02-03T04:05:06.789012Z"},
      {1767225600000000, "2026-01-01T00:00:00.000000Z"},
      {951782400000000, "2000-02-29T00:00:00.000000Z"},
      {kFirstTimestamp, "0001-01-01T00:00:00.000000Z"},
      {kLastTimestamp, "9999-12-31T23:59:59.999999Z"},
  };
  for (const auto& [time, text] : kCases) EXPECT_EQ(WrittenTime(time), text);
}

TEST(JsonTimeTest, YearsOneTo9999) {
  EXPECT_TRUE(IsRfc3339(kFirstTimestamp));
  EXPECT_TRUE(IsRfc3339(kLastTimestamp));
  EXPECT_FALSE(IsRfc3339(kFirstTimestamp - 1));
  EXPECT_FALSE(IsRfc3339(kLastTimestamp + 1));
  EXPECT_FALSE(IsRfc3339(std::numeric_limits<Micros>::min()));
  EXPECT_FALSE(IsRfc3339(std::numeric_limits<Micros>::max()));
}

TEST(JsonTimeTest, EveryDayOfFourHundredYears) {
  constexpr int64_t kDays = 146'097;  // of 400 years, after which the calendar repeats; here 1800 to 2200
  for (int64_t day = -62'091; day < -62'091 + kDays && !HasFatalFailure(); ++day) {
    ExpectTime(day * kDay);
    ExpectTime(day * kDay - 1);
  }
}

TEST(JsonTimeTest, EveryMonthOfEveryYear) {
  for (int year = 1; year <= 9999 && !HasFatalFailure(); ++year) {
    for (unsigned month = 1; month <= 12; ++month) {
      const std::chrono::sys_days first{std::chrono::year{year} / month / 1};
      const Micros time = first.time_since_epoch().count() * kDay;
      ExpectTime(time);
      if (time > kFirstTimestamp) ExpectTime(time - 1);
    }
  }
}

TEST(JsonTimeTest, EverySecondOfADayAndRandomMicroseconds) {
  for (int64_t second = 0; second < 86'400 && !HasFatalFailure(); ++second) ExpectTime(second * kSecond);
  Random random(5);
  const auto span = static_cast<uint64_t>(kLastTimestamp - kFirstTimestamp);
  for (int i = 0; i < 100'000 && !HasFatalFailure(); ++i)
    ExpectTime(kFirstTimestamp + static_cast<int64_t>(random.Below(span + 1)));
}

}  // namespace
}  // namespace datahaul

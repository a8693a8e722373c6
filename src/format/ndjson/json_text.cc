#include "format/ndjson/json_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

// The table of all powers, 10 kB, instead of computing most of them each time.
#define FMT_USE_FULL_CACHE_DRAGONBOX 1
#include <fmt/format.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace datahaul {
namespace {

struct TwoDigits {
  std::array<char, 200> text{};
  constexpr TwoDigits() {
    for (int i = 0; i < 100; ++i) {
      text[2 * i] = static_cast<char>('0' + i / 10);
      text[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
  }
};
constexpr TwoDigits kTwoDigits;

inline char* Two(char* out, uint32_t value) {
  std::memcpy(out, &kTwoDigits.text[2 * value], 2);
  return out + 2;
}

template <JsonQuotes kQuotes>
char* WriteEscape(char* out, unsigned char c) {
  *out++ = '\\';
  switch (c) {
    case '"':
      out = WriteQuote<kQuotes>(out);
      break;
    case '\\':
      *out++ = '\\';
      break;
    case '\b':
      *out++ = 'b';
      break;
    case '\f':
      *out++ = 'f';
      break;
    case '\n':
      *out++ = 'n';
      break;
    case '\r':
      *out++ = 'r';
      break;
    case '\t':
      *out++ = 't';
      break;
    default:
      std::memcpy(out, "u00", 3);
      out[3] = static_cast<char>('0' + (c >> 4));
      out[4] = "0123456789abcdef"[c & 15];
      out += 5;
  }
  return out;
}

// A bit in the top of each byte that must be escaped. Bytes above the lowest marked one may be marked wrongly.
inline uint64_t MarkSpecial(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101u, kTops = 0x8080808080808080u;
  const auto zero = [](uint64_t x) { return (x - kOnes) & ~x; };
  return (((bytes - kOnes * 0x20) & ~bytes) | zero(bytes ^ kOnes * '"') | zero(bytes ^ kOnes * '\\')) & kTops;
}

// The eight decimal digits of value < 10^8 as bytes 0 to 9, the first one lowest: halves, quarters, eighths at once.
inline uint64_t EightDigits(uint32_t value) {
  const uint64_t fours = value / 10000 | uint64_t{value % 10000} << 32;
  const uint64_t hundreds = (fours * 10486 >> 20) & 0x0000007f0000007fu;
  const uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
  const uint64_t tens = (twos * 103 >> 10) & 0x000f000f000f000fu;
  return tens | (twos - tens * 10) << 8;
}

// Writes the decimal digits of `value` < 10^17 behind `field`, which has room for 17; returns where they begin.
inline const char* Digits(uint64_t value, char* field) {
  constexpr uint64_t kZeros = 0x3030303030303030u;
  const uint64_t upper = value / 100'000'000;
  const uint64_t low = EightDigits(static_cast<uint32_t>(value % 100'000'000));
  const auto first = static_cast<uint32_t>(upper / 100'000'000);
  const uint64_t high = EightDigits(static_cast<uint32_t>(upper % 100'000'000));
  field[0] = static_cast<char>('0' + first);
  StoreLE(field + 1, high | kZeros);
  StoreLE(field + 9, low | kZeros);
  if (first != 0) return field;
  if (high != 0) return field + 1 + __builtin_ctzll(high) / 8;
  return field + 9 + __builtin_ctzll(low) / 8;
}

char* WriteExponential(char* out, const char* digits, int count, int exponent) {
  *out++ = digits[0];
  if (count > 1) {
    *out++ = '.';
    std::memcpy(out, digits + 1, 16);
    out += count - 1;
  }
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  uint32_t e = static_cast<uint32_t>(exponent < 0 ? -exponent : exponent);
  if (e >= 100) {
    *out++ = static_cast<char>('0' + e / 100);
    e %= 100;
  }
  return Two(out, e);
}

// `point` digits stand before the decimal point (0 or less: zeros follow it).
char* WritePositional(char* out, const char* digits, int count, int point) {
  if (point <= 0) {
    std::memcpy(out, "0.00000", 8);
    out += 2 - point;
    std::memcpy(out, digits, 18);
    return out + count;
  }
  std::memcpy(out, digits, 18);
  if (count <= point) {
    for (int i = count; i < point; ++i) out[i] = '0';
    std::memcpy(out + point, ".0", 2);
    return out + point + 2;
  }
  std::memcpy(out + point + 1, digits + point, 17);
  out[point] = '.';
  return out + count + 1;
}

// Prices, percentages, whole numbers: a value that is a multiple of a hundredth, of at most 15 digits. No other number
// of so few digits is nearest to the same double, so that these digits are the shortest that read back the same. Null
// for other values.
inline char* WriteCents(char* out, double value) {
  if (!(value < 1e12)) return nullptr;
  const auto cents = static_cast<uint64_t>(value * 100 + 0.5);
  if (static_cast<double>(cents) / 100 != value) return nullptr;
  const auto rest = static_cast<uint32_t>(cents % 100);
  out = WriteInt(out, static_cast<int64_t>(cents / 100));
  *out = '.';
  Two(out + 1, rest);
  return out + (rest % 10 == 0 ? 2 : 3);
}

}  // namespace

template <JsonQuotes kQuotes>
char* WriteEscapedPortable(char* out, std::string_view text, bool* high) {
  const char* p = text.data();
  const char* const end = p + text.size();
  uint64_t seen = 0;
  while (p < end) {
    const uint64_t bytes = LoadLE<uint64_t>(p);
    StoreLE(out, bytes);
    const size_t n = end - p < 8 ? static_cast<size_t>(end - p) : 8;
    const uint64_t valid = n == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * n)) - 1;
    seen |= bytes & valid;
    const uint64_t special = MarkSpecial(bytes) & valid;
    if (special == 0) {
      p += n;
      out += n;
      continue;
    }
    const int ordinary = __builtin_ctzll(special) / 8;
    p += ordinary;
    out = WriteEscape<kQuotes>(out + ordinary, static_cast<unsigned char>(*p++));
  }
  if (seen & 0x8080808080808080u) *high = true;
  return out;
}

#if defined(__SSE2__)
template <JsonQuotes kQuotes>
char* WriteEscaped(char* out, std::string_view text, bool* high) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);
  __m128i seen = _mm_setzero_si128();
  const auto marks = [&](__m128i v) {
    const __m128i special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)),
                                         _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
    return static_cast<uint32_t>(_mm_movemask_epi8(special));
  };
  while (end - p >= 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), v);
    seen = _mm_or_si128(seen, v);
    const uint32_t special = marks(v);
    if (special == 0) {
      p += 16;
      out += 16;
      continue;
    }
    const int ordinary = __builtin_ctz(special);
    p += ordinary;
    out = WriteEscape<kQuotes>(out + ordinary, static_cast<unsigned char>(*p++));
  }
  uint32_t tops = static_cast<uint32_t>(_mm_movemask_epi8(seen));
  while (p < end) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), v);
    const uint32_t valid = (1u << (end - p)) - 1;
    tops |= static_cast<uint32_t>(_mm_movemask_epi8(v)) & valid;
    const uint32_t special = marks(v) & valid;
    if (special == 0) {
      out += end - p;
      break;
    }
    const int ordinary = __builtin_ctz(special);
    p += ordinary;
    out = WriteEscape<kQuotes>(out + ordinary, static_cast<unsigned char>(*p++));
  }
  if (tops != 0) *high = true;
  return out;
}
#else
template <JsonQuotes kQuotes>
char* WriteEscaped(char* out, std::string_view text, bool* high) {
  return WriteEscapedPortable<kQuotes>(out, text, high);
}
#endif
template char* WriteEscaped<JsonQuotes::kOnce>(char*, std::string_view, bool*);
template char* WriteEscaped<JsonQuotes::kTwice>(char*, std::string_view, bool*);
template char* WriteEscapedPortable<JsonQuotes::kOnce>(char*, std::string_view, bool*);
template char* WriteEscapedPortable<JsonQuotes::kTwice>(char*, std::string_view, bool*);

char* WriteInt(char* out, int64_t value) {
  constexpr uint64_t kZeros = 0x3030303030303030u, kEight = 100'000'000;
  const auto number = static_cast<uint64_t>(value);
  if (number >= kEight * kEight) return std::to_chars(out, out + 20, value).ptr;  // negative ones too
  const uint64_t low = EightDigits(static_cast<uint32_t>(number % kEight));
  const bool is_long = number >= kEight;
  const uint64_t first = is_long ? EightDigits(static_cast<uint32_t>(number / kEight)) : low;
  const int zeros = first == 0 ? 7 : __builtin_ctzll(first) / 8;
  StoreLE(out, (first | kZeros) >> (8 * zeros));
  out += 8 - zeros;
  if (!is_long) return out;
  StoreLE(out, low | kZeros);
  return out + 8;
}

char* WriteFiniteDouble(char* out, double value) {
  if (std::signbit(value)) {
    *out++ = '-';
    value = -value;
  }
  if (value == 0) {
    std::memcpy(out, "0.0", 3);
    return out + 3;
  }
  if (char* const end = WriteCents(out, value)) return end;
  const auto decimal = fmt::detail::dragonbox::to_decimal(value);
  char field[17 + 18];  // copies of fixed size may read what follows the digits
  const char* const digits = Digits(decimal.significand, field);
  const auto count = static_cast<int>(field + 17 - digits);
  const int point = count + decimal.exponent;
  if (point > 16 || point < -3) return WriteExponential(out, digits, count, point - 1);
  return WritePositional(out, digits, count, point);
}

char* WriteDouble(char* out, double value) {
  if (std::isfinite(value)) return WriteFiniteDouble(out, value);
  const std::string_view text = std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* WriteTimestamp(char* out, Micros time) {
  constexpr int64_t kDay = 86'400'000'000;
  int64_t days = time / kDay;
  int64_t rest = time % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  // Civil date from days, after Neri and Schneider, "Euclidean affine functions and their application to calendar
  // algorithms" (2022): computed from 0000-03-01, in 400-year cycles.
  const uint32_t n = static_cast<uint32_t>(days + 719468);
  const uint32_t n1 = 4 * n + 3;
  const uint32_t century = n1 / 146097;
  const uint32_t n2 = n1 % 146097 | 3;
  const uint64_t p2 = uint64_t{2939745} * n2;
  const uint32_t z = static_cast<uint32_t>(p2 >> 32);
  const uint32_t day_of_year = static_cast<uint32_t>(p2) / 2939745 / 4;
  const uint32_t n3 = 2141 * day_of_year + 197913;
  const bool next_year = day_of_year >= 306;
  const uint32_t year = 100 * century + z + next_year;
  const uint32_t month = next_year ? (n3 >> 16) - 12 : n3 >> 16;
  const uint32_t day = (n3 & 0xffff) / 2141 + 1;

  const uint32_t second = static_cast<uint32_t>(rest / 1'000'000), micro = static_cast<uint32_t>(rest % 1'000'000);
  out = Two(Two(out, year / 100), year % 100);
  *out++ = '-';
  out = Two(out, month);
  *out++ = '-';
  out = Two(out, day);
  *out++ = 'T';
  out = Two(out, second / 3600);
  *out++ = ':';
  out = Two(out, second / 60 % 60);
  *out++ = ':';
  out = Two(out, second % 60);
  *out++ = '.';
  out = Two(Two(Two(out, micro / 10000), micro / 100 % 100), micro % 100);
  *out++ = 'Z';
  return out;
}

}  // namespace datahaul

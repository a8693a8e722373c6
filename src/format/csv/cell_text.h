// The text of cells at speed: what needs quotes, and where a cell ends.
#ifndef DATAHAUL_FORMAT_CSV_CELL_TEXT_H_
#define DATAHAUL_FORMAT_CSV_CELL_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/bytes.h"

namespace datahaul {

// A special byte ends a cell without quotes, or must not stand in one: the delimiter, ", CR, LF. What these read may be
// readable kSlack bytes past its end.

// The first special byte in [p, end), or `end`.
inline const char* FindSpecial(const char* p, const char* end, char delimiter);
inline const char* FindSpecialPortable(const char* p, const char* end, char delimiter);
// The first " in [p, end), or `end`.
inline const char* FindQuote(const char* p, const char* end);
inline const char* FindQuotePortable(const char* p, const char* end);

// Copies a text of at most kShortCell bytes that is ASCII and has no special byte, and returns its end; otherwise null.
// kShortCell bytes may be touched at `out`.
inline constexpr size_t kShortCell = 32;
inline char* WriteShortCell(char* out, std::string_view text, char delimiter);
inline char* WriteShortCellPortable(char* out, std::string_view text, char delimiter);

// Copies `text` with each " doubled, which is the inside of quotes; it may be cut anywhere. Touches at most
// 2 * size + kSlack bytes; returns the end. Sets *high to true if a byte above 0x7f occurs (else leaves it).
char* WriteDoubled(char* out, std::string_view text, bool* high);
char* WriteDoubledPortable(char* out, std::string_view text, bool* high);

// Copies `text` up to its first special byte; the rest as WriteDoubled.
char* WriteUntilSpecial(char* out, std::string_view text, char delimiter, bool* high);
char* WriteUntilSpecialPortable(char* out, std::string_view text, char delimiter, bool* high);

// ---- implementation of the inline parts

inline const char* FindSpecialPortable(const char* p, const char* end, char delimiter) {
  while (p < end && *p != delimiter && *p != '"' && *p != '\r' && *p != '\n') ++p;
  return p;
}

inline const char* FindQuotePortable(const char* p, const char* end) {
  while (p < end && *p != '"') ++p;
  return p;
}

inline char* WriteShortCellPortable(char* out, std::string_view text, char delimiter) {
  bool unusual = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    unusual |= c == delimiter || c == '"' || c == '\r' || c == '\n' || static_cast<unsigned char>(c) > 0x7f;
    out[i] = c;
  }
  return unusual ? nullptr : out + text.size();
}

#if defined(__SSE2__)
inline uint32_t SpecialMask(__m128i v, __m128i delimiter) {
  const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\r')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
  const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), _mm_cmpeq_epi8(v, delimiter));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(ends, marks)));
}

inline const char* FindSpecial(const char* p, const char* end, char delimiter) {
  const __m128i delimiters = _mm_set1_epi8(delimiter);
  for (; p < end; p += 16) {
    const uint32_t mask = SpecialMask(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), delimiters);
    if (mask == 0) continue;
    p += __builtin_ctz(mask);
    return p < end ? p : end;
  }
  return end;
}

inline const char* FindQuote(const char* p, const char* end) {
  const __m128i quotes = _mm_set1_epi8('"');
  for (; p < end; p += 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const auto mask = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(v, quotes)));
    if (mask == 0) continue;
    p += __builtin_ctz(mask);
    return p < end ? p : end;
  }
  return end;
}

inline char* WriteShortCell(char* out, std::string_view text, char delimiter) {
  const __m128i delimiters = _mm_set1_epi8(delimiter);
  const auto unusual = [&](__m128i v) -> uint64_t {
    return SpecialMask(v, delimiters) | static_cast<uint32_t>(_mm_movemask_epi8(v));
  };
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), low);
  uint64_t marks = unusual(low);
  if (text.size() > 16) {
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + 16));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 16), high);
    marks |= unusual(high) << 16;
  }
  const uint64_t valid = (uint64_t{1} << text.size()) - 1;
  return (marks & valid) == 0 ? out + text.size() : nullptr;
}
#else
inline const char* FindSpecial(const char* p, const char* end, char delimiter) {
  return FindSpecialPortable(p, end, delimiter);
}
inline const char* FindQuote(const char* p, const char* end) { return FindQuotePortable(p, end); }
inline char* WriteShortCell(char* out, std::string_view text, char delimiter) {
  return WriteShortCellPortable(out, text, delimiter);
}
#endif

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_CSV_CELL_TEXT_H_

// JSON text at speed: strings, numbers, times. All writers append at `out` and return the new end.
#ifndef DATAHAUL_FORMAT_NDJSON_JSON_TEXT_H_
#define DATAHAUL_FORMAT_NDJSON_JSON_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/bytes.h"
#include "base/clock.h"

namespace datahaul {

// How often each of a JSON text's double quotes is written: twice inside of a CSV cell's quotes.
enum class JsonQuotes { kOnce, kTwice };

// Room that WriteEscaped and WriteJsonString may need, scratch included.
inline size_t JsonStringRoom(size_t size) { return 6 * size + 4 + kSlack; }

// The inside of a JSON string: only ", \ and C0 controls are escaped, so a text may be written in pieces cut anywhere.
// `text` must be readable kSlack bytes past its end. Sets *high to true if a byte above 0x7f occurs (else leaves it);
// whether those are UTF-8 is the caller's to ask.
template <JsonQuotes kQuotes = JsonQuotes::kOnce>
char* WriteEscaped(char* out, std::string_view text, bool* high);
template <JsonQuotes kQuotes = JsonQuotes::kOnce>
char* WriteEscapedPortable(char* out, std::string_view text, bool* high);  // the same without vector instructions

// The inside of a JSON string of at most kShortText bytes, if all of it is ordinary ASCII; otherwise null. Inlined:
// this is what nearly all names and many values are. kShortText bytes may be touched at `out` and read at `text`.
inline constexpr size_t kShortText = 32;
inline char* WriteShort(char* out, std::string_view text);
inline char* WriteShortPortable(char* out, std::string_view text);

template <JsonQuotes kQuotes>
inline char* WriteQuote(char* out) {
  *out++ = '"';
  if constexpr (kQuotes == JsonQuotes::kTwice) *out++ = '"';
  return out;
}

// With quotes; `text` should be UTF-8.
template <JsonQuotes kQuotes = JsonQuotes::kOnce>
inline char* WriteJsonString(char* out, std::string_view text) {
  bool high = false;
  return WriteQuote<kQuotes>(WriteEscaped<kQuotes>(WriteQuote<kQuotes>(out), text, &high));
}

// At most 20 bytes.
char* WriteInt(char* out, int64_t value);

// As Python's repr: the shortest digits that read back the same, positional for 1e-4 <= |x| < 1e16, always with a
// point or an exponent (5.0, 1e+16, 5e-324, -0.0). Finite numbers only. At most 25 bytes; 40 may be touched.
char* WriteFiniteDouble(char* out, double value);
// The same, and "NaN", "Infinity", "-Infinity" with quotes.
char* WriteDouble(char* out, double value);

// Years 1 to 9999, what RFC 3339 can say.
inline constexpr Micros kFirstTimestamp = -62135596800'000'000, kLastTimestamp = 253402300799'999'999;
inline bool IsRfc3339(Micros time) { return time >= kFirstTimestamp && time <= kLastTimestamp; }
// 2025-01-02T03:04:05.006789Z, without quotes: 27 bytes. IsRfc3339(time) must hold.
char* WriteTimestamp(char* out, Micros time);

// ---- implementation of the inline parts

inline char* WriteShortPortable(char* out, std::string_view text) {
  bool unusual = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    unusual |= c < 0x20 || c > 0x7f || c == '"' || c == '\\';
    out[i] = text[i];
  }
  return unusual ? nullptr : out + text.size();
}

#if defined(__SSE2__)
inline char* WriteShort(char* out, std::string_view text) {
  // A byte is ordinary if it is 0x20 to 0x7f (signed compare), and neither quote nor backslash.
  const auto unusual = [](__m128i v) {
    const __m128i special = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    return static_cast<uint64_t>(_mm_movemask_epi8(_mm_or_si128(special, _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)))));
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
inline char* WriteShort(char* out, std::string_view text) { return WriteShortPortable(out, text); }
#endif

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_JSON_TEXT_H_

#include "format/csv/cell_text.h"

#include <cstring>

namespace datahaul {
namespace {

bool IsHigh(char c) { return static_cast<unsigned char>(c) > 0x7f; }

}  // namespace

char* WriteDoubledPortable(char* out, std::string_view text, bool* high) {
  for (const char c : text) {
    if (c == '"') *out++ = c;
    if (IsHigh(c)) *high = true;
    *out++ = c;
  }
  return out;
}

char* WriteUntilSpecialPortable(char* out, std::string_view text, char delimiter, bool* high) {
  for (const char c : text) {
    if (c == delimiter || c == '"' || c == '\r' || c == '\n') break;
    if (IsHigh(c)) *high = true;
    *out++ = c;
  }
  return out;
}

#if defined(__SSE2__)
namespace {

constexpr size_t kVector = 16;

inline uint32_t ValidMask(size_t size) { return size >= kVector ? 0xFFFFu : (1u << size) - 1; }

}  // namespace

char* WriteDoubled(char* out, std::string_view text, bool* high) {
  const __m128i quotes = _mm_set1_epi8('"');
  const char* p = text.data();
  const char* const end = p + text.size();
  uint32_t tops = 0;
  while (p < end) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), v);
    const auto left = static_cast<size_t>(end - p);
    const uint32_t valid = ValidMask(left);
    tops |= static_cast<uint32_t>(_mm_movemask_epi8(v)) & valid;
    const uint32_t special = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(v, quotes))) & valid;
    if (special == 0) [[likely]] {
      const size_t size = left < kVector ? left : kVector;
      p += size;
      out += size;
      continue;
    }
    const int size = __builtin_ctz(special) + 1;
    p += size;
    out += size;
    *out++ = '"';
  }
  if (tops != 0) *high = true;
  return out;
}

char* WriteUntilSpecial(char* out, std::string_view text, char delimiter, bool* high) {
  const __m128i delimiters = _mm_set1_epi8(delimiter);
  const char* p = text.data();
  const char* const end = p + text.size();
  uint32_t tops = 0;
  while (p < end) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), v);
    const auto left = static_cast<size_t>(end - p);
    const uint32_t valid = ValidMask(left);
    tops |= static_cast<uint32_t>(_mm_movemask_epi8(v)) & valid;
    const uint32_t special = SpecialMask(v, delimiters) & valid;
    if (special != 0) {
      out += __builtin_ctz(special);
      break;
    }
    const size_t size = left < kVector ? left : kVector;
    p += size;
    out += size;
  }
  if (tops != 0) *high = true;
  return out;
}
#else
char* WriteDoubled(char* out, std::string_view text, bool* high) { return WriteDoubledPortable(out, text, high); }
char* WriteUntilSpecial(char* out, std::string_view text, char delimiter, bool* high) {
  return WriteUntilSpecialPortable(out, text, delimiter, high);
}
#endif

}  // namespace datahaul

#include "format/csv/cell_text.h"

#include <cstring>

namespace datahaul {

char* WriteDoubled(char* out, std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (true) {
    const char* const quote = FindQuote(p, end);
    std::memcpy(out, p, static_cast<size_t>(quote - p));
    out += quote - p;
    if (quote == end) return out;
    *out++ = '"';
    *out++ = '"';
    p = quote + 1;
  }
}

bool HasHighBytes(std::string_view text) {
  uint64_t seen = 0;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) seen |= LoadLE<uint64_t>(text.data() + i);
  for (; i < text.size(); ++i) seen |= static_cast<unsigned char>(text[i]);
  return (seen & 0x8080808080808080u) != 0;
}

}  // namespace datahaul

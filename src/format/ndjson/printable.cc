#include "format/ndjson/printable.h"

#include <cstddef>

namespace datahaul {
namespace {

constexpr size_t kLongest = 40;

// The longest prefix that fits and ends with a whole character.
std::string_view Cut(std::string_view text) {
  if (text.size() <= kLongest) return text;
  size_t size = kLongest;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace

std::string Printable(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  const std::string_view shown = Cut(text);
  std::string result;
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      result += c;
    } else {
      result += "\\x";
      result += kDigits[byte >> 4];
      result += kDigits[byte & 15];
    }
  }
  if (shown.size() < text.size()) result += "…";
  return result;
}

}  // namespace datahaul

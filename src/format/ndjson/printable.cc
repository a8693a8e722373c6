#include "format/ndjson/printable.h"

#include <cstddef>

#include "base/text.h"

namespace datahaul {
namespace {

constexpr size_t kLongest = 40;

}  // namespace

std::string Printable(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  const std::string_view shown = Utf8Prefix(text, kLongest);
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

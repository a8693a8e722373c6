#include "base/json_string.h"

#include "base/utf8.h"

namespace datahaul {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

void AppendControl(std::string* out, unsigned char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  *out += "\\u00";
  *out += kDigits[c >> 4];
  *out += kDigits[c & 15];
}

}  // namespace

void AppendJsonString(std::string* out, std::string_view text) {
  const bool utf8 = IsUtf8(text);
  *out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      *out += '\\';
      *out += c;
    } else if (byte < 0x20) {
      AppendControl(out, byte);
    } else if (byte >= 0x80 && !utf8) {
      *out += kReplacement;
    } else {
      *out += c;
    }
  }
  *out += '"';
}

}  // namespace datahaul

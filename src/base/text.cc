#include "base/text.h"

#include <array>
#include <cstring>

namespace datahaul {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Two output characters for each 12 bits.
struct Pairs {
  std::array<char, 8192> text{};
  constexpr Pairs() {
    for (int i = 0; i < 4096; ++i) {
      text[2 * i] = kAlphabet[i >> 6];
      text[2 * i + 1] = kAlphabet[i & 63];
    }
  }
};
constexpr Pairs kPairs;

struct Reverse {
  std::array<uint8_t, 256> value{};
  constexpr Reverse() {
    for (auto& v : value) v = 255;
    for (int i = 0; i < 64; ++i) value[static_cast<unsigned char>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
};
constexpr Reverse kReverse;

}  // namespace

char* Base64To(char* out, const char* bytes, size_t size) {
  const auto* p = reinterpret_cast<const unsigned char*>(bytes);
  const auto* end = p + size;
  for (; end - p >= 3; p += 3, out += 4) {
    const uint32_t v = uint32_t{p[0]} << 16 | uint32_t{p[1]} << 8 | p[2];
    std::memcpy(out, &kPairs.text[2 * (v >> 12)], 2);
    std::memcpy(out + 2, &kPairs.text[2 * (v & 4095)], 2);
  }
  if (p == end) return out;
  const uint32_t v = uint32_t{p[0]} << 16 | (end - p == 2 ? uint32_t{p[1]} << 8 : 0);
  *out++ = kAlphabet[v >> 18];
  *out++ = kAlphabet[v >> 12 & 63];
  *out++ = end - p == 2 ? kAlphabet[v >> 6 & 63] : '=';
  *out++ = '=';
  return out;
}

std::string Base64(std::string_view bytes) {
  std::string text(Base64Size(bytes.size()), '\0');
  Base64To(text.data(), bytes.data(), bytes.size());
  return text;
}

std::optional<size_t> UnBase64To(char* out, std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return 0;
  const char* const start = out;
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* last = p + text.size() - 4;
  for (; p < last; p += 4) {
    const uint8_t a = kReverse.value[p[0]], b = kReverse.value[p[1]], c = kReverse.value[p[2]],
                  d = kReverse.value[p[3]];
    if ((a | b | c | d) & 0x80) return std::nullopt;
    *out++ = static_cast<char>(a << 2 | b >> 4);
    *out++ = static_cast<char>(b << 4 | c >> 2);
    *out++ = static_cast<char>(c << 6 | d);
  }
  const int pad = p[3] != '=' ? 0 : p[2] != '=' ? 1 : 2;
  const uint8_t a = kReverse.value[p[0]], b = kReverse.value[p[1]];
  const uint8_t c = pad == 2 ? uint8_t{0} : kReverse.value[p[2]], d = pad >= 1 ? uint8_t{0} : kReverse.value[p[3]];
  if ((a | b | c | d) & 0x80) return std::nullopt;
  if ((pad == 1 && (c & 3) != 0) || (pad == 2 && (b & 15) != 0)) return std::nullopt;
  *out++ = static_cast<char>(a << 2 | b >> 4);
  if (pad < 2) *out++ = static_cast<char>(b << 4 | c >> 2);
  if (pad < 1) *out++ = static_cast<char>(c << 6 | d);
  return static_cast<size_t>(out - start);
}

std::string_view Utf8Prefix(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

std::string Shortened(std::string_view name) {
  constexpr size_t kLongest = 80;
  const std::string_view shown = Utf8Prefix(name, kLongest);
  return StrCat(shown, shown.size() < name.size() ? "…" : "");
}

std::string Hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char c : bytes) {
    text += kDigits[c >> 4];
    text += kDigits[c & 15];
  }
  return text;
}

std::optional<std::string> UnHex(std::string_view text) {
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

}  // namespace datahaul

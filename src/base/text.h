// Text that several folders need: joining, base64, hex.
#ifndef DATAHAUL_BASE_TEXT_H_
#define DATAHAUL_BASE_TEXT_H_

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace datahaul {

// Joins texts and integers. (Debian's Abseil is built with a string_view of its own, so that absl::StrCat does not take
// std::string_view.)
template <typename T>
void StrAppendOne(std::string* out, const T& part) {
  if constexpr (std::integral<T> && !std::same_as<T, char> && !std::same_as<T, bool>) {
    char digits[24];
    out->append(digits, std::to_chars(digits, digits + sizeof digits, part).ptr);
  } else if constexpr (std::same_as<T, char>) {
    out->push_back(part);
  } else {
    static_assert(std::convertible_to<T, std::string_view>);
    out->append(std::string_view(part));
  }
}
template <typename... T>
void StrAppend(std::string* out, const T&... parts) {
  (StrAppendOne(out, parts), ...);
}
template <typename... T>
std::string StrCat(const T&... parts) {
  std::string out;
  (StrAppendOne(&out, parts), ...);
  return out;
}

// Standard base64 with padding (RFC 4648 section 4).
inline constexpr size_t Base64Size(size_t bytes) { return (bytes + 2) / 3 * 4; }
char* Base64To(char* out, const char* bytes, size_t size);  // writes Base64Size(size) bytes, returns the end
std::string Base64(std::string_view bytes);
// Strict: canonical padding, no white space. Writes at most text.size() / 4 * 3 bytes; returns the count, or nothing if
// malformed.
std::optional<size_t> UnBase64To(char* out, std::string_view text);

// The longest beginning of `text`, which is UTF-8, that has at most `most` bytes and ends with a whole character.
std::string_view Utf8Prefix(std::string_view text, size_t most);
// A name in a sentence: whole, or its beginning and "…" where it has more than 80 bytes.
std::string Shortened(std::string_view name);

std::string Hex(std::string_view bytes);  // lower case
std::optional<std::string> UnHex(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_BASE_TEXT_H_

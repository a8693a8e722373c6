#include "format/ndjson/json_cursor.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "format/ndjson/printable.h"

namespace datahaul {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

const char* SkipDigits(const char* p) {
  while (IsDigit(*p)) ++p;
  return p;
}

// The value of four hex digits, or -1.
int32_t HexQuad(const char* p) {
  int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    const int digit = IsDigit(c)               ? c - '0'
                      : (c >= 'a' && c <= 'f') ? c - 'a' + 10
                      : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                               : -1;
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

char* WriteUtf8(char* out, uint32_t code) {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
    return out;
  }
  if (code < 0x800) {
    *out++ = static_cast<char>(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xE0 | code >> 12);
    *out++ = static_cast<char>(0x80 | (code >> 6 & 63));
  } else {
    *out++ = static_cast<char>(0xF0 | code >> 18);
    *out++ = static_cast<char>(0x80 | (code >> 12 & 63));
    *out++ = static_cast<char>(0x80 | (code >> 6 & 63));
  }
  *out++ = static_cast<char>(0x80 | (code & 63));
  return out;
}

// Resolves \uXXXX, or a pair of them; `p` is behind the "\u". Null if malformed.
const char* UnescapeUnicode(const char* p, const char* end, char** out) {
  const int32_t unit = end - p < 4 ? -1 : HexQuad(p);
  if (unit < 0) return nullptr;
  p += 4;
  const bool high = unit >= 0xD800 && unit < 0xDC00;
  if (!high) {
    if (unit >= 0xDC00 && unit < 0xE000) return nullptr;
    *out = WriteUtf8(*out, static_cast<uint32_t>(unit));
    return p;
  }
  if (end - p < 6 || p[0] != '\\' || p[1] != 'u') return nullptr;
  const int32_t low = HexQuad(p + 2);
  if (low < 0xDC00 || low >= 0xE000) return nullptr;
  *out = WriteUtf8(*out, 0x10000 + (static_cast<uint32_t>(unit - 0xD800) << 10) + static_cast<uint32_t>(low - 0xDC00));
  return p + 6;
}

// The character that \c stands for, or 0.
char SimpleEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

// Resolves the escape whose backslash is before `p`; null if there is no such escape.
const char* UnescapeOne(const char* p, const char* end, char** out) {
  if (p == end) return nullptr;
  if (*p == 'u') return UnescapeUnicode(p + 1, end, out);
  const char c = SimpleEscape(*p);
  if (c == 0) return nullptr;
  *(*out)++ = c;
  return p + 1;
}

const char* FindBackslash(const char* begin, const char* end) {
  const void* const found = std::memchr(begin, '\\', static_cast<size_t>(end - begin));
  return found == nullptr ? end : static_cast<const char*>(found);
}

}  // namespace

void JsonCursor::FindEscape(const char* from) { next_escape_ = FindBackslash(from, text_.data() + text_.size()); }

bool JsonCursor::Unescape(std::string_view escaped, std::string_view* value) {
  const char* p = escaped.data();
  const char* const end = p + escaped.size();
  char* const begin = static_cast<char*>(arena_->Allocate(escaped.size()));
  char* out = begin;
  while (true) {
    const char* const backslash = FindBackslash(p, end);
    std::memcpy(out, p, static_cast<size_t>(backslash - p));
    out += backslash - p;
    if (backslash == end) break;
    p = UnescapeOne(backslash + 1, end, &out);
    if (p == nullptr) return false;
  }
  *value = {begin, static_cast<size_t>(out - begin)};
  return true;
}

std::string_view JsonCursor::Number(bool* integral) const {
  const char* const begin = text_.data() + *token_;
  const char* p = begin;
  *integral = true;
  if (*p == '-') ++p;
  if (!IsDigit(*p)) return {};
  p = *p == '0' ? p + 1 : SkipDigits(p);
  if (*p == '.') {
    *integral = false;
    if (!IsDigit(*++p)) return {};
    p = SkipDigits(p);
  }
  if (*p == 'e' || *p == 'E') {
    *integral = false;
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (!IsDigit(*p)) return {};
    p = SkipDigits(p);
  }
  if (!EndsToken(p)) return {};
  return {begin, static_cast<size_t>(p - begin)};
}

bool JsonCursor::ReadDouble(double* value) {
  bool integral;
  const std::string_view number = Number(&integral);
  if (number.empty()) return false;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), *value);
  if (error != std::errc() || end != number.data() + number.size()) return false;
  ++token_;
  return true;
}

bool JsonCursor::ReadInt(int64_t* value) {
  bool integral;
  const std::string_view number = Number(&integral);
  if (number.empty() || !integral) return false;
  if (std::from_chars(number.data(), number.data() + number.size(), *value).ec != std::errc()) return false;
  ++token_;
  return true;
}

std::string JsonCursor::Describe(size_t line_end) const {
  if (*token_ >= line_end) return "the end of the line";
  const char* const begin = text_.data() + *token_;
  const char* end = text_.data() + std::min<size_t>(token_[1], line_end);
  while (end > begin + 1 && IsSpace(end[-1])) --end;
  return Printable({begin, static_cast<size_t>(end - begin)});
}

}  // namespace datahaul

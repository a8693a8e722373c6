// A strict walk over the tokens of a line of JSON.
#ifndef DATAHAUL_FORMAT_NDJSON_JSON_CURSOR_H_
#define DATAHAUL_FORMAT_NDJSON_JSON_CURSOR_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "model/arena.h"

namespace datahaul {

// Every Take and Read either moves past what it names and returns true, or returns false and stays.
//
// Several lines may be indexed together. The cursor does not see where a line ends: a walk over a broken one may go on
// into the next, which AtEndOf tells. Strings are views into the text, or into the arena where escapes had to be
// resolved. Not safe for concurrent use.
class JsonCursor {
 public:
  // `tokens` as from JsonIndex::Index(text). `text` must be followed by a byte that begins no token.
  void Start(std::string_view text, const uint32_t* tokens, Arena* arena) {
    text_ = text;
    token_ = tokens;
    arena_ = arena;
    next_escape_ = text.data();
    FindEscape(text.data());
  }

  // The next token's first character.
  char Peek() const { return text_.data()[*token_]; }
  size_t offset() const { return *token_; }

  bool Take(char punctuation) {
    if (Peek() != punctuation) return false;
    ++token_;
    return true;
  }

  bool TakeLiteral(std::string_view literal) {
    const char* const begin = text_.data() + *token_;
    if (std::memcmp(begin, literal.data(), literal.size()) != 0 || !EndsToken(begin + literal.size())) return false;
    ++token_;
    return true;
  }

  // A string with its escapes resolved. False also if an escape is malformed or names half a character.
  bool ReadString(std::string_view* value) {
    if (Peek() != '"') return false;
    const char* const begin = text_.data() + *token_ + 1;
    const char* end = text_.data() + token_[1] - 1;
    while (IsSpace(*end)) --end;
    if (end < begin || *end != '"') return false;
    if (next_escape_ < begin) FindEscape(begin);
    if (next_escape_ >= end) {
      *value = {begin, static_cast<size_t>(end - begin)};
    } else if (!Unescape({begin, static_cast<size_t>(end - begin)}, value)) {
      return false;
    }
    ++token_;
    return true;
  }

  // A number that is finite as a double, rounded to the nearest.
  bool ReadDouble(double* value);
  // A number without fraction and exponent that fits.
  bool ReadInt(int64_t* value);

  // True if everything up to `end` has been taken, and nothing behind it.
  bool AtEndOf(size_t end) const { return *token_ >= end && token_[-1] < end; }
  // To where the cursor stood when Mark() was called, then to the first token at or behind `end`.
  const uint32_t* Mark() const { return token_; }
  void SkipTo(size_t end, const uint32_t* mark) {
    token_ = mark;
    while (*token_ < end) ++token_;
  }

  // The next token for a message: printable, and cut if it is long. "the end of the line" if that comes first.
  std::string Describe(size_t line_end) const;

 private:
  static bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  // Whether a number or literal may end before `p`.
  static bool EndsToken(const char* p) { return IsSpace(*p) || *p == ',' || *p == '}' || *p == ']' || *p == ':'; }
  // The next token if it is a JSON number, else empty; sets *integral if it has neither fraction nor exponent.
  std::string_view Number(bool* integral) const;
  void FindEscape(const char* from);
  bool Unescape(std::string_view escaped, std::string_view* value);

  std::string_view text_;
  const uint32_t* token_ = nullptr;
  const char* next_escape_ = nullptr;  // the first backslash at or behind the last string's beginning
  Arena* arena_ = nullptr;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_JSON_CURSOR_H_

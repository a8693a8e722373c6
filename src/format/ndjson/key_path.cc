#include "format/ndjson/key_path.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/buffer_room.h"
#include "format/ndjson/json_text.h"

namespace datahaul {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// RFC 3986's unreserved characters.
bool StandsAsItIs(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || IsDigit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

bool LooksLikeNumber(std::string_view name) {
  const std::string_view digits = name.substr(name.starts_with('-') ? 1 : 0);
  return !digits.empty() && std::all_of(digits.begin(), digits.end(), IsDigit);
}

char* WriteEncodedBytes(char* out, std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (StandsAsItIs(c)) {
      *out++ = c;
      continue;
    }
    *out++ = '%';
    *out++ = kDigits[static_cast<unsigned char>(c) >> 4];
    *out++ = kDigits[c & 15];
  }
  return out;
}

#if defined(__SSE2__)
// Nearly all segments are short and need no encoding.
char* WriteEncoded(char* out, std::string_view text) {
  constexpr size_t kVector = 16;
  const auto within = [](__m128i v, char first, char last) {
    const __m128i from_lowest = _mm_add_epi8(v, _mm_set1_epi8(static_cast<char>(-128 - first)));
    return _mm_cmplt_epi8(from_lowest, _mm_set1_epi8(static_cast<char>(-128 + (last - first) + 1)));
  };
  const auto is = [](__m128i v, char c) { return _mm_cmpeq_epi8(v, _mm_set1_epi8(c)); };
  while (!text.empty()) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
    const __m128i letters = within(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 'z');
    const __m128i marks = _mm_or_si128(within(v, '-', '.'), _mm_or_si128(is(v, '_'), is(v, '~')));
    const __m128i bare = _mm_or_si128(_mm_or_si128(letters, within(v, '0', '9')), marks);
    const size_t size = text.size() < kVector ? text.size() : kVector;
    const uint32_t valid = (uint32_t{1} << size) - 1;
    if ((static_cast<uint32_t>(_mm_movemask_epi8(bare)) & valid) != valid) return WriteEncodedBytes(out, text);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), v);
    out += size;
    text.remove_prefix(size);
  }
  return out;
}
#else
char* WriteEncoded(char* out, std::string_view text) { return WriteEncodedBytes(out, text); }
#endif

char* WriteName(char* out, std::string_view name, std::string_view quote) {
  if (!name.empty() && !LooksLikeNumber(name)) return WriteEncoded(out, name);
  out = Put(out, quote);
  if (!name.empty()) out = Put(out, name);
  return Put(out, quote);
}

char* WriteElement(char* out, const PathElement& element, bool last, std::string_view quote) {
  out = WriteEncoded(out, element.kind);
  if (element.id != PathElement::Id::kIncomplete || !last) *out++ = '/';
  if (element.id == PathElement::Id::kName) return WriteName(out, element.name, quote);
  return element.id == PathElement::Id::kNumber ? WriteInt(out, element.number) : out;
}

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Takes what stands before the next '/', and that, off *rest.
std::string_view TakeSegment(std::string_view* rest) {
  const size_t slash = rest->find('/');
  const std::string_view segment = rest->substr(0, slash);
  rest->remove_prefix(slash == std::string_view::npos ? rest->size() : slash + 1);
  return segment;
}

bool Decode(std::string_view segment, Arena* arena, std::string_view* text) {
  if (segment.find('%') == std::string_view::npos) {
    *text = segment;
    return std::all_of(segment.begin(), segment.end(), StandsAsItIs);
  }
  char* const begin = static_cast<char*>(arena->Allocate(segment.size()));
  char* out = begin;
  for (size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      if (!StandsAsItIs(segment[i])) return false;
      *out++ = segment[i];
      continue;
    }
    if (segment.size() - i < 3) return false;
    const int high = HexDigit(segment[i + 1]), low = HexDigit(segment[i + 2]);
    if (high < 0 || low < 0) return false;
    *out++ = static_cast<char>(high << 4 | low);
    i += 2;
  }
  *text = {begin, static_cast<size_t>(out - begin)};
  return true;
}

bool ParseId(std::string_view segment, Arena* arena, PathElement* element) {
  if (LooksLikeNumber(segment)) {
    element->id = PathElement::Id::kNumber;
    const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), element->number);
    return error == std::errc() && end == segment.data() + segment.size();
  }
  element->id = PathElement::Id::kName;
  if (!segment.starts_with('"')) return Decode(segment, arena, &element->name);
  if (segment.size() < 2 || !segment.ends_with('"')) return false;
  element->name = segment.substr(1, segment.size() - 2);
  return element->name.empty() || LooksLikeNumber(element->name);
}

bool ParsePath(std::string_view path, Arena* arena, Key* key) {
  const auto separators = static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
  PathElement* const elements = arena->AllocateArray<PathElement>(separators / 2 + 1);
  key->path = elements;
  key->size = 0;
  while (!path.empty()) {
    PathElement& element = elements[key->size++] = PathElement();
    const std::string_view kind = TakeSegment(&path);
    if (!Decode(kind, arena, &element.kind)) return false;
    const bool last = path.data() == kind.data() + kind.size();  // no '/' behind it
    if (last) return true;                                       // incomplete
    const std::string_view id = TakeSegment(&path);
    const bool more = path.data() != id.data() + id.size();
    if (id.empty() && more && !path.empty() && !element.kind.empty()) continue;  // incomplete, further up
    if (id.empty() || (more && path.empty()) || !ParseId(id, arena, &element)) return false;
  }
  return true;
}

}  // namespace

size_t KeyTextRoom(const Key& key) {
  constexpr size_t kPart = 40;  // separators, a number, quotes, and what vectors write behind the end
  size_t size = key.database.size() + key.ns.size();
  for (uint32_t i = 0; i < key.size; ++i) size += key.path[i].kind.size() + key.path[i].name.size();
  return 3 * size + kPart * (key.size + size_t{1});
}

char* WriteKeyPath(char* out, const Key& key, std::string_view quote) {
  for (uint32_t i = 0; i < key.size; ++i) {
    if (i != 0) *out++ = '/';
    out = WriteElement(out, key.path[i], i + 1 == key.size, quote);
  }
  return out;
}

char* WriteReference(char* out, const Key& key, std::string_view quote) {
  if (!key.database.empty() || !key.ns.empty()) {
    out = WriteEncoded(Put(out, "//"), key.database);
    *out++ = '/';
    out = WriteEncoded(out, key.ns);
    *out++ = '/';
  }
  return WriteKeyPath(out, key, quote);
}

void AppendReferenceText(const Key& key, ByteBuffer* out) {
  out->Reserve(KeyTextRoom(key));
  out->Advance(static_cast<size_t>(WriteReference(out->end(), key, kQuote) - out->end()));
}

bool ParseReferenceText(std::string_view text, Arena* arena, Key* key) {
  *key = Key();
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    if (std::count(text.begin(), text.end(), '/') < 2) return false;
    if (!Decode(TakeSegment(&text), arena, &key->database)) return false;
    if (!Decode(TakeSegment(&text), arena, &key->ns)) return false;
  }
  return ParsePath(text, arena, key);
}

}  // namespace datahaul

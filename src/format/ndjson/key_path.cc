#include "format/ndjson/key_path.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

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

void AppendEncoded(std::string_view text, ByteBuffer* out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  out->Reserve(3 * text.size());
  char* p = out->end();
  for (const char c : text) {
    if (StandsAsItIs(c)) {
      *p++ = c;
      continue;
    }
    *p++ = '%';
    *p++ = kDigits[static_cast<unsigned char>(c) >> 4];
    *p++ = kDigits[c & 15];
  }
  out->Advance(static_cast<size_t>(p - out->end()));
}

// How a path writes a double quote.
constexpr std::string_view kQuote = "\"", kQuoteInJson = "\\\"";

void AppendName(std::string_view name, std::string_view quote, ByteBuffer* out) {
  if (!name.empty() && !LooksLikeNumber(name)) return AppendEncoded(name, out);
  out->Append(quote);
  out->Append(name);
  out->Append(quote);
}

void AppendNumber(int64_t number, ByteBuffer* out) {
  constexpr size_t kLongest = 20;
  out->Reserve(kLongest);
  out->Advance(static_cast<size_t>(WriteInt(out->end(), number) - out->end()));
}

void AppendElement(const PathElement& element, bool last, std::string_view quote, ByteBuffer* out) {
  AppendEncoded(element.kind, out);
  switch (element.id) {
    case PathElement::Id::kName:
      out->Append("/");
      return AppendName(element.name, quote, out);
    case PathElement::Id::kNumber:
      out->Append("/");
      return AppendNumber(element.number, out);
    case PathElement::Id::kIncomplete:
      if (!last) out->Append("/");
      return;
  }
}

void AppendPath(const Key& key, std::string_view quote, ByteBuffer* out) {
  for (uint32_t i = 0; i < key.size; ++i) {
    if (i != 0) out->Append("/");
    AppendElement(key.path[i], i + 1 == key.size, quote, out);
  }
}

void AppendReference(const Key& key, std::string_view quote, ByteBuffer* out) {
  if (!key.database.empty() || !key.ns.empty()) {
    out->Append("//");
    AppendEncoded(key.database, out);
    out->Append("/");
    AppendEncoded(key.ns, out);
    out->Append("/");
  }
  AppendPath(key, quote, out);
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

void AppendKeyPath(const Key& key, ByteBuffer* out) { AppendPath(key, kQuoteInJson, out); }

void AppendReferencePath(const Key& key, ByteBuffer* out) { AppendReference(key, kQuoteInJson, out); }

void AppendReferenceText(const Key& key, ByteBuffer* out) { AppendReference(key, kQuote, out); }

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

#include "format/ndjson/key_path.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

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

void AppendName(std::string_view name, ByteBuffer* out) {
  if (!name.empty() && !LooksLikeNumber(name)) return AppendEncoded(name, out);
  out->Append("\\\"");
  out->Append(name);
  out->Append("\\\"");
}

void AppendNumber(int64_t number, ByteBuffer* out) {
  constexpr size_t kLongest = 20;
  out->Reserve(kLongest);
  out->Advance(static_cast<size_t>(WriteInt(out->end(), number) - out->end()));
}

void AppendElement(const PathElement& element, bool last, ByteBuffer* out) {
  AppendEncoded(element.kind, out);
  switch (element.id) {
    case PathElement::Id::kName:
      out->Append("/");
      return AppendName(element.name, out);
    case PathElement::Id::kNumber:
      out->Append("/");
      return AppendNumber(element.number, out);
    case PathElement::Id::kIncomplete:
      if (!last) out->Append("/");
      return;
  }
}

}  // namespace

void AppendKeyPath(const Key& key, ByteBuffer* out) {
  for (uint32_t i = 0; i < key.size; ++i) {
    if (i != 0) out->Append("/");
    AppendElement(key.path[i], i + 1 == key.size, out);
  }
}

void AppendReferencePath(const Key& key, ByteBuffer* out) {
  if (!key.database.empty() || !key.ns.empty()) {
    out->Append("//");
    AppendEncoded(key.database, out);
    out->Append("/");
    AppendEncoded(key.ns, out);
    out->Append("/");
  }
  AppendKeyPath(key, out);
}

}  // namespace datahaul

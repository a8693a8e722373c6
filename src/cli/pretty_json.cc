#include "cli/pretty_json.h"

#include <cstddef>

namespace datahaul {
namespace {

// The end of the string that begins at `begin`.
size_t StringEnd(std::string_view json, size_t begin) {
  size_t i = begin + 1;
  while (i < json.size() && json[i] != '"') i += json[i] == '\\' ? 2 : 1;
  return i + 1 < json.size() ? i + 1 : json.size();
}

void NewLine(int depth, std::string* out) {
  out->push_back('\n');
  out->append(static_cast<size_t>(depth) * 2, ' ');
}

}  // namespace

std::string PrettyJson(std::string_view json) {
  std::string out;
  int depth = 0;
  for (size_t i = 0; i < json.size();) {
    const char c = json[i];
    if (c == '"') {
      const size_t end = StringEnd(json, i);
      out.append(json.substr(i, end - i));
      i = end;
      continue;
    }
    const bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
    const bool was_empty = closes && (json[i - 1] == '{' || json[i - 1] == '[');
    if (closes && --depth >= 0 && !was_empty) NewLine(depth, &out);
    out.push_back(c);
    if (opens && i + 1 < json.size() && json[i + 1] != '}' && json[i + 1] != ']') NewLine(depth + 1, &out);
    depth += opens;
    if (c == ',') NewLine(depth, &out);
    if (c == ':') out.push_back(' ');
    ++i;
  }
  return out;
}

}  // namespace datahaul

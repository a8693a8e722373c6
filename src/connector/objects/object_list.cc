#include "connector/objects/object_list.h"

#include <charconv>
#include <optional>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr std::string_view kHead = "objects 1\n";

// A file name may hold a line feed.
std::string Escape(std::string_view uri) {
  std::string text;
  for (char c : uri) {
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\\') {
      text += "\\\\";
    } else {
      text += c;
    }
  }
  return text;
}

std::string UnEscape(std::string_view text) {
  std::string uri;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 1 < text.size();
    if (escaped) ++i;
    uri += escaped && text[i] == 'n' ? '\n' : text[i];
  }
  return uri;
}

std::optional<DataObject> ParseLine(std::string_view line) {
  DataObject object;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), object.size);
  if (error != std::errc() || end == line.data() + line.size() || *end != ' ') return std::nullopt;
  line.remove_prefix(static_cast<size_t>(end - line.data()) + 1);
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::optional<Compression> compression = ParseCompression(line.substr(0, space));
  if (!compression) return std::nullopt;
  object.compression = *compression;
  object.uri = UnEscape(line.substr(space + 1));
  return object;
}

}  // namespace

std::string ToText(const std::vector<DataObject>& objects) {
  std::string text(kHead);
  for (const DataObject& object : objects) {
    StrAppend(&text, object.size, " ", CompressionName(object.compression), " ", Escape(object.uri), "\n");
  }
  return text;
}

absl::StatusOr<std::vector<DataObject>> ParseObjectList(std::string_view text) {
  const auto malformed = [] {
    return InternalError("reading a job's snapshot: expected a list of objects of this version");
  };
  if (!text.starts_with(kHead)) return malformed();
  text.remove_prefix(kHead.size());
  std::vector<DataObject> objects;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::optional<DataObject> object;
    if (end != std::string_view::npos) object = ParseLine(text.substr(0, end));
    if (!object) return malformed();
    objects.push_back(*std::move(object));
    text.remove_prefix(end + 1);
  }
  return objects;
}

}  // namespace datahaul

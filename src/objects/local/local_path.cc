#include "objects/local/local_path.h"

#include <optional>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

char LowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string LowerCase(std::string_view text) {
  std::string lower;
  for (char c : text) lower += LowerCase(c);
  return lower;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const std::optional<std::string> byte = UnHex(LowerCase(text.substr(i + 1, 2)));
    if (!byte || byte->size() != 1 || byte->front() == '\0') return std::nullopt;
    decoded += *byte;
    i += 2;
  }
  return decoded;
}

bool HasScheme(std::string_view uri) {
  const size_t end = uri.find("://");
  if (end == std::string_view::npos || end == 0) return false;
  for (char c : LowerCase(uri.substr(0, end))) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> LocalPath(std::string_view uri) {
  if (uri.empty()) return UsageError("a path is empty; give a file or a folder");
  if (LowerCase(uri.substr(0, 7)) != "file://") {
    if (HasScheme(uri)) return UsageError(StrCat("opening ", uri, ": expected a path or a file:// URI"));
    return std::string(uri);
  }
  const std::string_view rest = uri.substr(7);
  const size_t slash = rest.find('/');
  const std::string_view host = rest.substr(0, slash);
  if (slash == std::string_view::npos || (!host.empty() && LowerCase(host) != "localhost")) {
    return UsageError(StrCat("opening ", uri, ": expected file:///PATH, found the host \"", host, "\""));
  }
  std::optional<std::string> path = PercentDecode(rest.substr(slash));
  if (!path) return UsageError(StrCat("opening ", uri, ": expected two hex digits (not 00) after each %"));
  return *std::move(path);
}

}  // namespace datahaul

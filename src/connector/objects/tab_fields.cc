#include "connector/objects/tab_fields.h"

namespace datahaul {

std::string EscapeField(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n' || c == '\t' || c == '\\') {
      escaped += '\\';
      escaped += c == '\n' ? 'n' : c == '\t' ? 't' : '\\';
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string UnEscapeField(std::string_view escaped) {
  std::string text;
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '\\' || i + 1 == escaped.size()) {
      text += escaped[i];
      continue;
    }
    const char c = escaped[++i];
    text += c == 'n' ? '\n' : c == 't' ? '\t' : c;
  }
  return text;
}

std::string TakeField(std::string_view* rest) {
  const size_t tab = rest->find('\t');
  const std::string field = UnEscapeField(rest->substr(0, tab));
  rest->remove_prefix(tab == std::string_view::npos ? rest->size() : tab + 1);
  return field;
}

}  // namespace datahaul

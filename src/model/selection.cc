#include "model/selection.h"

#include <algorithm>

namespace datahaul {

bool Selection::Matches(std::string_view ns, std::string_view kind) const {
  const auto holds = [](const std::vector<std::string>& list, std::string_view item) {
    return list.empty() || std::find(list.begin(), list.end(), item) != list.end();
  };
  return holds(kinds, kind) && holds(namespaces, ns);
}

}  // namespace datahaul

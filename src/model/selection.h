// What part of a source a job wants.
#ifndef DATAHAUL_MODEL_SELECTION_H_
#define DATAHAUL_MODEL_SELECTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace datahaul {

// Empty lists select everything; a list holding "" selects the default namespace, which is not the same.
// Kinds and namespaces both given: their intersection. Kind = the last path element's kind.
struct Selection {
  std::vector<std::string> kinds;
  std::vector<std::string> namespaces;  // unique
  std::optional<uint64_t> limit;        // that many selected records in all, in source order

  bool everything() const { return kinds.empty() && namespaces.empty() && !limit; }
  bool Matches(std::string_view ns, std::string_view kind) const;
  bool operator==(const Selection&) const = default;
};

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_SELECTION_H_

#include "layout/managed_export/export_listing.h"

#include <algorithm>
#include <utility>

#include "layout/managed_export/export_names.h"

namespace datahaul {

ExportListing::ExportListing(std::vector<ObjectInfo> objects) : objects_(std::move(objects)) {
  for (const ObjectInfo& object : objects_) {
    if (IsOverallName(object.name)) overalls_[std::string(FolderOf(object.name))].push_back(object.name);
  }
  for (const auto& [folder, names] : overalls_) roots_.insert(folder);
  // A partition's metadata may name outputs in folders below its own, so that only outputs elsewhere tell of more
  // exports.
  for (const ObjectInfo& object : objects_) {
    if (IsPartitionName(object.name)) roots_.insert(RootOf(object.name));
  }
  for (const ObjectInfo& object : objects_) {
    if (!OutputNumber(object.name)) continue;
    const auto holds = [&](const std::string& root) { return IsBelow(root, object.name); };
    if (std::none_of(roots_.begin(), roots_.end(), holds)) roots_.insert(RootOf(object.name));
  }
}

const ObjectInfo* ExportListing::Find(std::string_view name) const {
  const auto at = std::lower_bound(objects_.begin(), objects_.end(), name,
                                   [](const ObjectInfo& object, std::string_view n) { return object.name < n; });
  return at != objects_.end() && at->name == name ? &*at : nullptr;
}

const std::vector<std::string>& ExportListing::Overalls(std::string_view folder) const {
  static const std::vector<std::string> none;
  const auto found = overalls_.find(folder);
  return found == overalls_.end() ? none : found->second;
}

std::string ExportListing::RootOf(std::string_view name) const {
  for (std::string_view folder = FolderOf(name);; folder = FolderOf(folder)) {
    if (!Overalls(folder).empty()) return std::string(folder);
    if (folder.empty()) return std::string(ExportRoot(FolderOf(name)));
  }
}

}  // namespace datahaul

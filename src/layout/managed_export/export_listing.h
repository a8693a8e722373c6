#ifndef DATAHAUL_LAYOUT_MANAGED_EXPORT_EXPORT_LISTING_H_
#define DATAHAUL_LAYOUT_MANAGED_EXPORT_EXPORT_LISTING_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/object_store.h"

namespace datahaul {

// The files below a folder, and which of them belong together. Names are relative to that folder. Immutable.
class ExportListing {
 public:
  ExportListing() = default;
  explicit ExportListing(std::vector<ObjectInfo> objects);  // by name

  const std::vector<ObjectInfo>& objects() const { return objects_; }
  const ObjectInfo* Find(std::string_view name) const;  // null if there is none

  // The overall files directly in `folder`.
  const std::vector<std::string>& Overalls(std::string_view folder) const;
  // The folder of the export that the file `name` belongs to: the nearest above it that holds an overall file, else
  // what the names of its folders tell.
  std::string RootOf(std::string_view name) const;
  // The folders of all exports, whole or not.
  const std::set<std::string>& roots() const { return roots_; }

 private:
  std::vector<ObjectInfo> objects_;
  std::map<std::string, std::vector<std::string>, std::less<>> overalls_;  // by folder
  std::set<std::string> roots_;
};

}  // namespace datahaul

#endif  // DATAHAUL_LAYOUT_MANAGED_EXPORT_EXPORT_LISTING_H_

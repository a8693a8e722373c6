// Which objects of a destination are whose, by their names.
#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_NAMES_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_NAMES_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connector/objects/folder_settings.h"
#include "layout/files/manifest.h"
#include "model/digest.h"

namespace datahaul {

// It, or a folder that it is in, begins with a dot.
bool IsHiddenName(std::string_view name);
// A job with these settings may write it: data, or its rejects.
bool IsOurObject(const FolderSettings& settings, std::string_view name);
// What --if-exists replace removes, of a folder that holds `names`: what its manifest tells; without one, what looks
// like data of an earlier job, but for folders that have manifests of their own; and rejects.
std::set<std::string, std::less<>> ReplacedNames(const std::optional<Manifest>& old,
                                                 const std::vector<std::string>& names);
// The object of a kind of tables that has no records; `joins` as ObjectHead's.
std::string EmptyObjectOf(const FolderSettings& settings, const KindName& name, bool joins);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_NAMES_H_

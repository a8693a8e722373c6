// Which objects of a destination are whose, by their names.
#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_NAMES_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_NAMES_H_

#include <string>
#include <string_view>

#include "connector/objects/folder_settings.h"
#include "model/digest.h"

namespace datahaul {

// It, or a folder that it is in, begins with a dot.
bool IsHiddenName(std::string_view name);
// A job with these settings may write it: data, or its rejects.
bool IsOurObject(const FolderSettings& settings, std::string_view name);
// What --if-exists replace takes for data of an earlier job where no manifest tells.
bool IsReplaceable(std::string_view name);
// The object of a kind of tables that has no records; `joins` as ObjectHead's.
std::string EmptyObjectOf(const FolderSettings& settings, const KindName& name, bool joins);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_NAMES_H_

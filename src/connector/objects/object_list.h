#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_LIST_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_LIST_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "connector/objects/data_set.h"

namespace datahaul {

// A snapshot's state: the objects to read, in order, as lines of text "SIZE COMPRESSION URI".
std::string ToText(const std::vector<DataObject>& objects);
absl::StatusOr<std::vector<DataObject>> ParseObjectList(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_LIST_H_

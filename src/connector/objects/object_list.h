#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_LIST_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_LIST_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "connector/objects/data_set.h"

namespace datahaul {

// What a snapshot's state holds: all that a reader needs, also in another process, whatever happens to the manifest.
struct ObjectList {
  std::vector<DataObject> objects;       // to read, in order
  std::shared_ptr<const Schema> schema;  // of tables, where it is known
  std::optional<CsvOptions> csv;
};

// Lines of text: "csv …" and "schema JSON" where there are such, then "SIZE COMPRESSION URI" for each object, with a
// TAB, its namespace, a TAB and its kind behind it where these are known.
std::string ToText(const ObjectList& list);
absl::StatusOr<ObjectList> ParseObjectList(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_LIST_H_

// Bytes of objects, as strings.
#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_BYTES_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_BYTES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "model/object_store.h"

namespace datahaul {

// A range of an object. `version`: of that state only; "": of any.
struct ObjectRange {
  std::string uri, version;
  uint64_t size = 0;  // of the whole object
  ByteRange range;
};

// Appends the range to *out. ABORTED if the object is known to be of another version, DATA_LOSS if it ends before the
// range does.
absl::Status AppendRange(ObjectStore& store, const ObjectRange& range, std::string* out);
// All of an object; nothing if there is none.
absl::StatusOr<std::optional<std::string>> ReadWhole(ObjectStore& store, const std::string& uri);
// As ObjectStore::List; nothing where there is no such folder.
absl::StatusOr<std::vector<ObjectInfo>> ListAll(ObjectStore& store, const std::string& uri);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_BYTES_H_

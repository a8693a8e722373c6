// Bytes of objects, as strings, and what is done to objects that were looked at.
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
// All of an object; nothing if there is none. Sets *version, unless null, to that of what was read.
absl::StatusOr<std::optional<std::string>> ReadWhole(ObjectStore& store, const std::string& uri,
                                                     std::string* version = nullptr);
// As ObjectStore::List; nothing where there is no such folder.
absl::StatusOr<std::vector<ObjectInfo>> ListAll(ObjectStore& store, const std::string& uri);

// That the object is still as it was seen. Nothing, of stores that replace no version only (local folders).
Precondition Unchanged(const ObjectStore& store, const std::string& version);
// Deletes what is still as it was seen. Another stays, which is no error.
absl::Status DeleteSeen(ObjectStore& store, const std::string& uri, const std::string& version);
absl::Status DeleteSeen(ObjectStore& store, const std::vector<ObjectInfo>& objects);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_BYTES_H_

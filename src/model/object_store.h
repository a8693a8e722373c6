// Named, immutable-once-visible objects under a prefix: local folders now, buckets later.
#ifndef DATAHAUL_MODEL_OBJECT_STORE_H_
#define DATAHAUL_MODEL_OBJECT_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "io/byte_reader.h"

namespace datahaul {

struct ObjectInfo {
  std::string uri;   // opens with Read()
  std::string name;  // relative to the uri listed, '/' between segments
  uint64_t size = 0;
};

// Safe for concurrent use. Never retries: see retry/.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  // The object at `uri`; nothing if there is none (a folder is none).
  virtual absl::StatusOr<std::optional<ObjectInfo>> Stat(std::string_view uri) = 0;
  // All objects below `uri`, at any depth, by name bytewise. NOT_FOUND if there is no such folder.
  virtual absl::StatusOr<std::vector<ObjectInfo>> List(std::string_view uri) = 0;
  virtual absl::StatusOr<std::unique_ptr<ByteReader>> Read(std::string_view uri) = 0;
  // Creates or replaces atomically and durably.
  virtual absl::Status Write(std::string_view uri, std::string_view bytes) = 0;
  virtual absl::Status Delete(std::string_view uri) = 0;  // absent is fine
};

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_OBJECT_STORE_H_

#ifndef DATAHAUL_CONNECTOR_OBJECTS_PARTIAL_FILES_H_
#define DATAHAUL_CONNECTOR_OBJECTS_PARTIAL_FILES_H_

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "connector/objects/sync_group.h"
#include "io/file.h"

namespace datahaul {

// The files that a job writes, OBJECT.partial below its destination, opened when needed; the 64 used last stay open.
// Safe for concurrent use.
class PartialFiles {
 public:
  static constexpr size_t kMostOpen = 64;

  // `syncs` must outlive it, and learns of the folders where names appear. `may_create` is asked before a file is made.
  PartialFiles(std::string folder, SyncGroup* syncs, std::function<absl::Status()> may_create)
      : folder_(std::move(folder)), syncs_(syncs), may_create_(std::move(may_create)) {}

  // Makes the file where there is none, beginning with the first `seed` bytes of the published OBJECT.
  absl::StatusOr<std::shared_ptr<const File>> Open(const std::string& object, uint64_t seed);
  void CloseAll();

 private:
  using Opened = std::list<std::pair<std::string, std::shared_ptr<const File>>>;

  absl::StatusOr<File> Create(const std::string& object, const std::string& path, uint64_t seed);

  const std::string folder_;
  SyncGroup* const syncs_;
  const std::function<absl::Status()> may_create_;
  std::mutex mutex_;
  Opened opened_;  // guarded by mutex_, as by_object_: used last first
  absl::flat_hash_map<std::string, Opened::iterator> by_object_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_PARTIAL_FILES_H_

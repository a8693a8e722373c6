#ifndef DATAHAUL_CONNECTOR_OBJECTS_SYNC_GROUP_H_
#define DATAHAUL_CONNECTOR_OBJECTS_SYNC_GROUP_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "io/file.h"

namespace datahaul {

// Group commit: whoever waits while a sync is running is served by the next one, together. Safe for concurrent use.
class SyncGroup {
 public:
  static constexpr size_t kMostFiles = 16;  // more in one round are synced as a whole file system

  // `folder` lies in the file system that everything is written to. It need not exist before the first Sync.
  explicit SyncGroup(std::string folder) : folder_(std::move(folder)), next_(std::make_shared<Round>()) {}

  // Names were created in `folder`: the next round makes them durable. To be called before anybody else can write to
  // them.
  void NoteFolder(std::string folder);

  // Returns when everything written to `files` before is durable, and every folder noted before; with `everything`,
  // whatever was written to the file system.
  absl::Status Sync(std::vector<std::shared_ptr<const File>> files, bool everything);

 private:
  struct Round {
    std::vector<std::shared_ptr<const File>> files;
    bool everything = false;
    bool done = false;
    absl::Status status;
  };

  static absl::Status Run(const Round& round, const std::set<std::string>& folders, const std::string& folder);

  const std::string folder_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::shared_ptr<Round> next_;  // guarded by mutex_, as all that follows: the round that has not begun
  bool running_ = false;
  std::set<std::string> folders_;  // noted, not yet synced
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_SYNC_GROUP_H_

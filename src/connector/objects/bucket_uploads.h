#ifndef DATAHAUL_CONNECTOR_OBJECTS_BUCKET_UPLOADS_H_
#define DATAHAUL_CONNECTOR_OBJECTS_BUCKET_UPLOADS_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "model/object_store.h"

namespace datahaul {

// The uploads by which a job's objects come into a bucket, one for each. Before one is begun, the object's name is
// noted in the bucket: some stores tell the uploads to a named object only. Safe for concurrent use.
class BucketUploads {
 public:
  // `store` must outlive it.
  BucketUploads(ObjectStore* store, std::string folder) : store_(store), folder_(std::move(folder)) {}

  // Forgets all. `may_begin` is asked before an upload is begun.
  void Reset(std::string job, std::function<absl::Status()> may_begin);
  void Know(const std::string& object, const std::string& upload);
  // The handle of the object's upload, which is begun unless it is known.
  absl::StatusOr<std::string> Of(const std::string& object);

 private:
  struct Upload {
    std::mutex mutex;    // held while it is begun
    std::string handle;  // "" before; guarded by mutex
  };

  std::shared_ptr<Upload> Find(const std::string& object);

  ObjectStore* const store_;
  const std::string folder_;
  std::mutex mutex_;  // guards what follows
  std::string job_;
  std::function<absl::Status()> may_begin_;
  std::map<std::string, std::shared_ptr<Upload>> uploads_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_BUCKET_UPLOADS_H_

#ifndef DATAHAUL_CONNECTOR_OBJECTS_BUCKET_PUBLISHER_H_
#define DATAHAUL_CONNECTOR_OBJECTS_BUCKET_PUBLISHER_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "connector/objects/bucket_uploads.h"
#include "connector/objects/folder_settings.h"
#include "connector/objects/object_plan.h"
#include "connector/objects/object_sums.h"
#include "connector/objects/piece_numbers.h"
#include "connector/objects/staged_slices.h"
#include "layout/files/manifest.h"
#include "model/object_store.h"

namespace datahaul {

// Makes a job's objects of what it has stored. What was under their names is replaced only while it is as Look has seen
// it: who then sees that the claim is his may publish whenever he gets to it. All may be repeated after a crash, by
// another publisher. Holds five pieces in memory, each below twice the least size. Not safe for concurrent use.
class BucketPublisher {
 public:
  // All must outlive it.
  BucketPublisher(ObjectStore* store, const FolderSettings* settings, const PieceLimits* limits, BucketUploads* uploads)
      : store_(*store), settings_(*settings), limits_(*limits), uploads_(*uploads) {}

  // To be called once, before all else. `sums`: of all objects that will get a name. `append`: the manifest of the
  // objects that are continued; null if none are.
  absl::Status Look(const ObjectSums& sums, const Manifest* append);
  // Nothing gets its name before all uploads are known to be whole.
  absl::Status Publish(const StoredOutput& output);
  // A small object, as Publish makes them.
  absl::Status Write(const std::string& object, std::string_view bytes);

 private:
  // What an object is to be.
  struct Target {
    std::string uri;
    uint64_t size = 0;
    uint32_t crc32c = 0;
    ObjectRange before;     // what it begins with; empty where the job has begun it
    bool is_there = false;  // already
    Precondition when;
    const StoredObject* stored = nullptr;
    ObjectPlan plan;
    std::vector<UploadPiece> uploaded;  // by index into plan.pieces
    bool may_copy = true;               // the store may copy pieces by itself
  };
  using Targets = std::map<std::string, Target>;  // by object

  absl::Status LookAt(const ManifestObject* old, Target* target);
  absl::StatusOr<bool> IsThere(const ObjectInfo& info, const Target& target);
  std::vector<Targets::value_type*> Plan(const StoredOutput& output);
  absl::Status UploadPieceOf(const StoredOutput& output, Targets::value_type* target, size_t piece);
  absl::Status MakeWhole(const StoredOutput& output, Targets::value_type* target);
  static bool IsWhole(const Target& target);
  absl::Status CheckUpload(const Targets::value_type& target);
  absl::Status Finish(const StoredOutput& output, const Targets::value_type& target);
  absl::StatusOr<std::string> SmallBytes(const StoredOutput& output, const Target& target);
  absl::StatusOr<std::string> BytesOf(const StoredOutput& output, const Target& target, ByteRange range);

  ObjectStore& store_;
  const FolderSettings& settings_;
  const PieceLimits& limits_;
  BucketUploads& uploads_;
  Targets targets_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_BUCKET_PUBLISHER_H_

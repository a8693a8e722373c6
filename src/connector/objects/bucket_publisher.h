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

// Makes a job's objects of what it has stored. An object that was there before is replaced only while it is as it was
// seen at the beginning; who is late changes nothing. Every call may be repeated after a crash. Each of Concurrently's
// threads holds a piece in memory, below twice the least size. Not safe for concurrent use.
class BucketPublisher {
 public:
  // All must outlive it.
  BucketPublisher(ObjectStore* store, const FolderSettings* settings, const PieceLimits* limits, BucketUploads* uploads)
      : store_(*store), settings_(*settings), limits_(*limits), uploads_(*uploads) {}

  // `append`: the manifest of the objects that are continued; null if none are.
  absl::Status Publish(const ObjectSums& sums, const StoredOutput& output, const Manifest* append);
  // A small object, as Publish makes them.
  absl::Status Write(const std::string& object, std::string_view bytes);

 private:
  // What an object is to be.
  struct Whole {
    uint64_t size = 0;
    uint32_t crc32c = 0;
    const ManifestObject* before = nullptr;  // null: it is begun by this job
  };
  struct Target {
    std::string object;
    Whole whole;
    bool is_there = false;  // already
    Precondition when;
    ObjectPlan plan;
    std::vector<UploadPiece> uploaded;  // by index into plan.pieces
    bool may_copy = true;               // the store may copy pieces by itself
  };

  absl::Status Plan(const StoredOutput& output, Target* target);
  absl::Status Look(Target* target, ObjectRange* before);
  absl::StatusOr<bool> IsThere(const ObjectInfo& info, const Whole& whole);
  absl::Status UploadPieceOf(Target* target, size_t piece);
  static bool IsWhole(const Target& target);
  absl::Status Finish(Target* target);
  absl::Status FinishSmall(const Target& target);
  Precondition Replacing(const ObjectInfo& info) const;
  std::string UriOf(std::string_view object) const;

  ObjectStore& store_;
  const FolderSettings& settings_;
  const PieceLimits& limits_;
  BucketUploads& uploads_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_BUCKET_PUBLISHER_H_

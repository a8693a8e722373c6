#ifndef DATAHAUL_CONNECTOR_OBJECTS_FOLDER_TARGET_H_
#define DATAHAUL_CONNECTOR_OBJECTS_FOLDER_TARGET_H_

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "connector/objects/claim.h"
#include "connector/objects/destination.h"
#include "connector/objects/folder_settings.h"
#include "connector/objects/object_head.h"
#include "connector/objects/object_places.h"
#include "connector/objects/partial_files.h"
#include "connector/objects/slice_target.h"
#include "connector/objects/sync_group.h"

namespace datahaul {

// A local folder: slices are written in place, at the offsets that their order gives them, into files that carry
// `.partial` until Close. See the README for what happens to a process that wakes up after it lost its lease.
class FolderTarget : public SliceTarget {
 public:
  // `head` must outlive it.
  FolderTarget(FolderSettings settings, const ObjectHead* head);

  absl::Status Prepare(const JobContext& context) override;
  absl::Status Place(EncodedSlice* slice) override;
  absl::Status BeginAt(uint64_t shard, const std::string& object, uint64_t offset) override;
  absl::Status Write(EncodedSlice* slice) override;
  void Abandon() override;
  absl::StatusOr<Receipt> Close(const JobContext& context, Outcome outcome) override;
  bool keeps_rejects() const override { return !settings_.shared; }

 private:
  absl::Status TakeAndPrepare(const JobContext& context, int made);
  absl::Status PrepareClaimed(const JobContext& context, bool is_new);
  absl::StatusOr<ObjectSums> Sums(const JobContext& context, const std::optional<Manifest>& old) const;
  absl::Status WriteEmptyKind(const std::string& object, std::string_view bytes) const;
  void NoteFolders(int made);
  absl::Status WriteAndSync(EncodedSlice* slice);
  uint64_t BeginOf(const std::string& object);
  absl::Status MayCreate();
  absl::Status NoClaim(std::string_view action, const std::string& job) const;
  absl::Status Fail(const absl::Status& status);
  absl::StatusOr<Receipt> Publish(const JobContext& context);
  absl::Status Discard(const JobContext& context);

  const FolderSettings settings_;
  const ObjectHead* const head_;
  const Claim claim_;
  const Destination destination_;
  SyncGroup syncs_;
  PartialFiles files_;

  std::mutex mutex_;  // guards what follows
  std::string job_;
  ObjectPlaces places_;
  absl::Status failure_;  // of an earlier slice: what comes after it has a hole before it, until Prepare
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_FOLDER_TARGET_H_

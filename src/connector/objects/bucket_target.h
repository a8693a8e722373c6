#ifndef DATAHAUL_CONNECTOR_OBJECTS_BUCKET_TARGET_H_
#define DATAHAUL_CONNECTOR_OBJECTS_BUCKET_TARGET_H_

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "connector/objects/bucket_claim.h"
#include "connector/objects/bucket_publisher.h"
#include "connector/objects/bucket_uploads.h"
#include "connector/objects/folder_settings.h"
#include "connector/objects/object_head.h"
#include "connector/objects/object_places.h"
#include "connector/objects/piece_numbers.h"
#include "connector/objects/slice_target.h"
#include "connector/objects/staged_slices.h"
#include "model/object_store.h"

namespace datahaul {

// A folder of a bucket. Large pieces of a slice are uploaded as pieces of their objects; all else of it is staged, in
// one object. Close makes objects of them. Nothing has its final name before, and all that a process needs to go on is
// in the bucket. See the README and docs/adr/0012.
class BucketTarget : public SliceTarget {
 public:
  // `settings.folder` is a uri of `store`, which, like `head`, must outlive it. Pieces smaller than
  // `least_piece_bytes`, or than the store allows, are staged.
  BucketTarget(FolderSettings settings, ObjectStore* store, uint64_t least_piece_bytes, const ObjectHead* head);

  absl::Status Prepare(const JobContext& context) override;
  absl::Status Place(EncodedSlice* slice) override;
  absl::Status BeginAt(uint64_t shard, const std::string& object, uint64_t offset) override;
  absl::Status Write(EncodedSlice* slice) override;
  void Abandon() override;
  absl::StatusOr<Receipt> Close(const JobContext& context, Outcome outcome) override;
  bool keeps_rejects() const override { return !settings_.shared; }

 private:
  absl::Status PrepareClaimed(const JobContext& context);
  absl::Status RefuseSlices(const std::string& job);
  absl::Status CheckGrants(const std::string& job) const;
  absl::Status TryUploads(const std::string& uri) const;
  absl::Status CheckMayBegin(const absl::StatusOr<std::optional<Manifest>>& old, const Schema* schema) const;
  void GoOn(const StoredOutput& output);
  absl::Status TooManyPieces(const std::string& object) const;
  absl::Status Store(EncodedSlice* slice);
  absl::Status Upload(const EncodedSlice& slice, const Piece& piece, StoredExtent* stored);
  absl::Status NoClaim(std::string_view action, const std::string& job) const;
  absl::Status CheckClaim(std::string_view action, const std::string& job) const;
  absl::Status Fail(const absl::Status& status);
  absl::Status Publish(const JobContext& context);
  absl::Status PublishObjects(const JobContext& context, const std::optional<Manifest>& old, const Precondition& when);
  absl::StatusOr<std::vector<ObjectInfo>> Replaced(const std::optional<Manifest>& old, const ObjectSums& sums) const;
  absl::StatusOr<ObjectSums> WithEmptyKinds(const JobContext& context, const ObjectSums& written,
                                            const Manifest* append, BucketPublisher* publisher) const;
  absl::Status RemoveTraces(const std::string& job) const;
  absl::Status Discard(const JobContext& context);
  absl::StatusOr<std::vector<ObjectInfo>> Published(const JobContext& context) const;
  void UseJob(const std::string& job);
  std::string UriOf(std::string_view object) const;

  const FolderSettings settings_;
  ObjectStore* const store_;
  const PieceLimits limits_;
  const ObjectHead* const head_;
  const BucketClaim claim_;
  const StagedSlices slices_;
  BucketUploads uploads_;

  std::mutex mutex_;  // guards what follows
  std::string job_;
  ObjectPlaces places_;
  absl::flat_hash_map<std::string, PieceNumbers> numbers_;  // by object
  bool closed_ = false;
  absl::Status failure_;  // of an earlier slice: what comes after it has a hole before it, until Prepare
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_BUCKET_TARGET_H_

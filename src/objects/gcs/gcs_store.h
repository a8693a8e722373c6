#ifndef DATAHAUL_OBJECTS_GCS_GCS_STORE_H_
#define DATAHAUL_OBJECTS_GCS_GCS_STORE_H_

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "model/object_store.h"
#include "objects/gcs/gcs_api.h"
#include "objects/gcs/gcs_client.h"
#include "objects/gcs/gcs_upload.h"

namespace datahaul {

// Buckets of Google Cloud Storage, named gs://BUCKET/KEY. Versions are generations. Pieces of uploads are temporary
// objects of the bucket (GcsUpload), which are composed in the end; those that lose a race are removed with the others.
// An upload begins when its first temporary object is made. Objects whose keys end in a slash, which some tools make
// for folders, are not listed. Safe for concurrent use.
class GcsStore final : public ObjectStore {
 public:
  // `transport` and `clock` must outlive it. `options` are completed from `environment`.
  static absl::StatusOr<std::unique_ptr<ObjectStore>> New(HttpTransport* transport, Clock* clock,
                                                          const Environment& environment, const GcsOptions& options);

  const ObjectStoreTraits& traits() const override;
  absl::StatusOr<std::optional<ObjectInfo>> Stat(std::string_view uri) override;
  absl::StatusOr<std::vector<ObjectInfo>> List(std::string_view uri) override;
  absl::StatusOr<std::unique_ptr<ByteReader>> Read(std::string_view uri, ByteRange likely = kWholeObject) override;
  absl::Status Write(std::string_view uri, const ByteViews& bytes, const Precondition& when = {}) override;
  absl::Status Delete(std::string_view uri, const Precondition& when = {}) override;
  absl::StatusOr<std::string> BeginUpload(std::string_view uri) override;
  absl::StatusOr<UploadPiece> PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) override;
  absl::StatusOr<UploadPiece> CopyPiece(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                        ByteRange range) override;
  absl::Status FinishUpload(std::string_view upload, std::span<const UploadPiece> pieces,
                            const Precondition& when = {}) override;
  absl::Status AbortUpload(std::string_view upload) override;
  absl::StatusOr<std::vector<UploadInfo>> ListUploads(std::string_view uri) override;

 private:
  GcsStore(HttpTransport* transport, Clock* clock, const Environment& environment, GcsOptions options)
      : client_(transport, clock, environment, std::move(options)), api_(&client_) {}

  // OK if there is such a bucket, or its store does not tell. Asked once for each.
  absl::Status CheckBucket(const std::string& bucket);
  // The piece that `stored` has become, if its upload has not ended meanwhile.
  absl::StatusOr<UploadPiece> Keep(const GcsUpload& upload, uint32_t number, const GcsObject& stored, uint32_t crc32c);
  // The temporary objects that the pieces are. NOT_FOUND if one is not there any more.
  absl::StatusOr<std::vector<GcsObject>> Find(const GcsUpload& upload, std::span<const UploadPiece> pieces);
  absl::Status Join(const GcsUpload& upload, std::span<const UploadPiece> pieces, const Precondition& when);
  // Composes every kMostComposed of `objects` to one.
  absl::StatusOr<std::vector<GcsObject>> JoinLevel(const GcsUpload& upload, std::span<const GcsObject> objects);
  absl::StatusOr<GcsObject> JoinGroup(const GcsUpload& upload, std::span<const GcsObject> group);
  // Is the object just the bytes of these pieces?
  absl::StatusOr<bool> Holds(const GcsUri& object, std::span<const UploadPiece> pieces);

  GcsClient client_;
  GcsApi api_;
  std::mutex mutex_;
  std::set<std::string> buckets_;  // known to be there; guarded by mutex_
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_GCS_STORE_H_

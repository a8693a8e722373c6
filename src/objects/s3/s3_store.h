#ifndef DATAHAUL_OBJECTS_S3_S3_STORE_H_
#define DATAHAUL_OBJECTS_S3_S3_STORE_H_

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
#include "objects/s3/s3_client.h"
#include "objects/xml.h"

namespace datahaul {

// Buckets of S3, named s3://BUCKET/KEY. Versions are ETags. Uploads are multipart uploads. Objects whose keys end in a
// slash, which some tools make for folders, are not listed. Safe for concurrent use.
class S3Store final : public ObjectStore {
 public:
  // `transport` and `clock` must outlive it. `options` are completed from `environment`.
  static absl::StatusOr<std::unique_ptr<ObjectStore>> New(HttpTransport* transport, Clock* clock,
                                                          const Environment& environment, const S3Options& options);

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
  S3Store(HttpTransport* transport, Clock* clock, const Environment& environment, S3Options options)
      : client_(transport, clock, environment, std::move(options)) {}

  absl::Status SendDelete(const S3Uri& object, const Precondition& when);
  absl::StatusOr<UploadPiece> CopyThrough(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                          const S3Uri& from, ByteRange range);
  // Sends a call that S3 begins to answer with 200 before it knows: an error may follow in the body, or nothing.
  // Returns the answer, whose root is called `expected`.
  absl::StatusOr<XmlElement> SendLate(const S3Call& call, std::string_view expected);
  // OK if there is such a bucket, or its store does not tell. Asked once for each.
  absl::Status CheckBucket(const std::string& bucket);
  absl::Status Complete(const S3Uri& object, const std::string& id, std::span<const UploadPiece> pieces,
                        const Precondition& when);
  // These pieces with the tags that the store has for them now. DATA_LOSS if it has other bytes.
  absl::StatusOr<std::vector<UploadPiece>> AsStored(const S3Uri& object, const std::string& id,
                                                    std::span<const UploadPiece> pieces);
  // Is the object just the bytes of these pieces?
  absl::StatusOr<bool> Holds(const S3Uri& object, std::span<const UploadPiece> pieces);

  S3Client client_;
  std::mutex mutex_;
  std::set<std::string> buckets_;  // known to be there; guarded by mutex_
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_S3_STORE_H_

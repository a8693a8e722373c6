#ifndef DATAHAUL_OBJECTS_RETRYING_RETRYING_STORE_H_
#define DATAHAUL_OBJECTS_RETRYING_RETRYING_STORE_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "model/object_store.h"
#include "retry/call.h"

namespace datahaul {

// `inner`, with its calls made again where that may help. A write that must create, and one that replaces a version, is
// known to have worked though its answer was lost: the object has its bytes. Readers fetch ahead, and must not outlive
// the store. Safe for concurrent use.
class RetryingStore final : public ObjectStore {
 public:
  // `clock` must outlive it. `seed` makes waiting times differ between processes.
  RetryingStore(std::unique_ptr<ObjectStore> inner, Clock* clock, uint64_t seed, const CallPolicy& policy = {})
      : inner_(std::move(inner)), retrier_(policy, clock, seed) {}

  const ObjectStoreTraits& traits() const override { return inner_->traits(); }
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
  // Is the object there, with just these bytes? Tries once: who asks is retried itself.
  absl::StatusOr<bool> Holds(std::string_view uri, const ByteViews& bytes);

  const std::unique_ptr<ObjectStore> inner_;
  Retrier retrier_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_RETRYING_RETRYING_STORE_H_

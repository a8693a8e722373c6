#ifndef DATAHAUL_REGISTRY_ANY_STORE_H_
#define DATAHAUL_REGISTRY_ANY_STORE_H_

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "model/object_store.h"
#include "objects/azure/azure_options.h"
#include "objects/gcs/gcs_options.h"
#include "objects/local/local_store.h"
#include "objects/s3/s3_options.h"
#include "registry/store_secrets.h"

namespace datahaul {

struct StoreOptions {
  S3Options s3;
  GcsOptions gcs;
  AzureOptions azure;
  // Names of secrets; "" = credentials are where each cloud's own tools have them.
  std::string s3_secret, gcs_secret, abs_secret;
  std::string secret_keys;  // what secrets call their keys: see WithSecret
};

// All object stores as one: each address goes to the store of its scheme, which is opened on first use. Bucket stores
// try again where that may help. Its traits are what all of them can do. Safe for concurrent use.
class AnyStore final : public ObjectStore {
 public:
  // `secrets` is asked for the secrets that `options` name, and must outlive it; null where they name none.
  explicit AnyStore(StoreOptions options, Secrets* secrets = nullptr)
      : options_(std::move(options)), secrets_(secrets) {}

  // The store of an address, which lives as long as this.
  absl::StatusOr<ObjectStore*> StoreOf(std::string_view uri);

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
  struct Upload {
    ObjectStore* store = nullptr;
    std::string handle;  // the store's own
  };

  absl::StatusOr<ObjectStore*> OfScheme(std::string_view scheme);
  absl::StatusOr<ObjectStore*> S3();
  absl::StatusOr<ObjectStore*> Gcs();
  absl::StatusOr<ObjectStore*> Azure();
  absl::StatusOr<Upload> UploadOf(std::string_view upload);

  // Where the store takes its credentials from.
  absl::StatusOr<Environment> EnvironmentFor(const std::string& secret, const SecretUse& use);

  const StoreOptions options_;
  Secrets* const secrets_;
  LocalStore local_;
  std::mutex mutex_;
  std::unique_ptr<ObjectStore> s3_;     // null until it is wanted; guarded by mutex_
  std::unique_ptr<ObjectStore> gcs_;    // likewise
  std::unique_ptr<ObjectStore> azure_;  // likewise
};

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_ANY_STORE_H_

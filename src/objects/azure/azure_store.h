#ifndef DATAHAUL_OBJECTS_AZURE_AZURE_STORE_H_
#define DATAHAUL_OBJECTS_AZURE_AZURE_STORE_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "model/object_store.h"
#include "objects/azure/azure_blobs.h"
#include "objects/azure/azure_client.h"
#include "objects/azure/azure_uploads.h"

namespace datahaul {

// Containers of Azure Blob Storage, named az://CONTAINER/BLOB or abfs[s]://CONTAINER@ACCOUNT.dfs.core.windows.net/BLOB.
// Versions are ETags. Uploads: see AzureUploads. Folders, which some accounts keep as blobs, are not listed, nor are
// the blobs of uploads. Safe for concurrent use.
class AzureStore final : public ObjectStore {
 public:
  // `transport` and `clock` must outlive it. `options` are completed from `environment`.
  static absl::StatusOr<std::unique_ptr<ObjectStore>> New(HttpTransport* transport, Clock* clock,
                                                          const Environment& environment, const AzureOptions& options);

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
  AzureStore(HttpTransport* transport, Clock* clock, const Environment& environment, AzureOptions options)
      : client_(transport, clock, environment, std::move(options)), blobs_(&client_), uploads_(&client_, &blobs_) {}

  AzureClient client_;
  AzureBlobs blobs_;
  AzureUploads uploads_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_AZURE_STORE_H_

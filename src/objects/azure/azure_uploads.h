#ifndef DATAHAUL_OBJECTS_AZURE_AZURE_UPLOADS_H_
#define DATAHAUL_OBJECTS_AZURE_AZURE_UPLOADS_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/object_store.h"
#include "objects/azure/azure_blobs.h"
#include "objects/azure/azure_client.h"
#include "objects/azure/azure_uri.h"

namespace datahaul {

// Uploads as ObjectStore wants them. The blocks of a blob belong to everybody who writes that blob: who commits his own
// drops those of others. So an upload has a blob of its own beside the one that it becomes, KEY.datahaul-upload-ID,
// empty until FinishUpload commits its blocks there; then Azure copies it, as blocks of the final blob, and these are
// committed in one step, which is when the precondition holds. Safe for concurrent use.
class AzureUploads {
 public:
  static constexpr uint32_t kMostBlocks = 50'000;                    // of a blob
  static constexpr uint64_t kMostBlockBytes = uint64_t{4000} << 20;  // of a block

  // Both must outlive it.
  AzureUploads(AzureClient* client, AzureBlobs* blobs) : client_(client), blobs_(blobs) {}

  // Is a blob of that key one of an upload?
  static bool IsUploadKey(std::string_view key);

  absl::StatusOr<std::string> Begin(AzureUri object);
  absl::StatusOr<UploadPiece> Put(std::string_view upload, uint32_t number, const ByteViews& bytes);
  absl::StatusOr<UploadPiece> Copy(std::string_view upload, uint32_t number, const ObjectInfo& source, ByteRange range);
  absl::Status Finish(std::string_view upload, std::span<const UploadPiece> pieces, const Precondition& when);
  absl::Status Abort(std::string_view upload);
  absl::StatusOr<std::vector<UploadInfo>> List(const AzureUri& at);

 private:
  // The bytes of a blob, as it was.
  struct Source {
    const AzureUri& blob;
    std::string version;
    uint64_t size;
  };

  absl::Status PutBytes(const AzureUri& blob, const std::string& id, const ByteViews& bytes);
  absl::Status PutRange(const AzureUri& blob, const std::string& id, const Source& source, ByteRange range);
  absl::Status PutRangeThrough(const AzureUri& blob, const std::string& id, const Source& source, ByteRange range);
  // NOT_FOUND if the upload has ended; then drops what was put meanwhile.
  absl::Status CheckAlive(const AzureUri& object, const AzureUri& own);
  // Commits the pieces in the upload's own blob; returns its version.
  absl::StatusOr<std::string> Join(const AzureUri& object, const AzureUri& own, std::span<const UploadPiece> pieces);
  // Makes blocks of `object` of all of `source`; returns their ids, which begin with `name`. Those of that name that
  // are there already, as this was begun before, are left as they are.
  absl::StatusOr<std::vector<std::string>> Stage(const AzureUri& object, const std::string& name, const Source& source);
  // The sizes of the blocks of a blob that are not committed, by id.
  absl::StatusOr<std::map<std::string, uint64_t>> Uncommitted(const AzureUri& blob);
  absl::Status Publish(const AzureUri& object, const AzureUri& own, const std::string& id,
                       std::span<const UploadPiece> pieces, const Precondition& when);
  absl::Status CheckPrecondition(const AzureUri& object, const Precondition& when);
  absl::Status Drop(const AzureUri& own);

  AzureClient* const client_;
  AzureBlobs* const blobs_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_AZURE_UPLOADS_H_

#ifndef DATAHAUL_OBJECTS_LOCAL_LOCAL_STORE_H_
#define DATAHAUL_OBJECTS_LOCAL_LOCAL_STORE_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/object_store.h"

namespace datahaul {

// Files of this machine, named by paths or file:// URIs (see LocalPath). The uris it returns are paths. Links are
// followed; what is neither file nor folder is not listed. Write puts a synced temporary file, `.NAME.ID.tmp` with ID a
// RandomName, in the place of the old one and syncs the folder; it makes missing folders. Temporary files that a crash
// has left are not listed. Versions are told (see FileVersion), but not replaced conditionally. Uploads: see
// local_uploads.h. Safe for concurrent use.
class LocalStore : public ObjectStore {
 public:
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
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_LOCAL_LOCAL_STORE_H_

// Uploads to local files: pieces as files in a folder beside the file that they will become.
#ifndef DATAHAUL_OBJECTS_LOCAL_LOCAL_UPLOADS_H_
#define DATAHAUL_OBJECTS_LOCAL_LOCAL_UPLOADS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/object_store.h"

namespace datahaul {

// The upload to FOLDER/NAME is the folder FOLDER/.NAME.ID.upload, whose path is its handle. Paths here are plain.
// Functions are safe for concurrent use.

// Is `name`, relative to a folder that is listed, part of an upload?
bool IsInUpload(std::string_view name);

absl::StatusOr<std::string> BeginLocalUpload(const std::string& path);
// Never replaces a piece: each put is a file of its own, named by the piece's tag.
absl::StatusOr<UploadPiece> PutLocalPiece(const std::string& upload, uint32_t number, const ByteViews& bytes);
absl::Status FinishLocalUpload(const std::string& upload, std::span<const UploadPiece> pieces, bool must_be_absent);
absl::Status AbortLocalUpload(const std::string& upload);
absl::StatusOr<std::vector<UploadInfo>> ListLocalUploads(const std::string& path);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_LOCAL_LOCAL_UPLOADS_H_

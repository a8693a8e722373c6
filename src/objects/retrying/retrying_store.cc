#include "objects/retrying/retrying_store.h"

#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"
#include "io/read_ahead.h"
#include "objects/retrying/retrying_reader.h"

namespace datahaul {

absl::StatusOr<std::optional<ObjectInfo>> RetryingStore::Stat(std::string_view uri) {
  return retrier_.Call([&](uint32_t) { return inner_->Stat(uri); });
}

absl::StatusOr<std::vector<ObjectInfo>> RetryingStore::List(std::string_view uri) {
  return retrier_.Call([&](uint32_t) { return inner_->List(uri); });
}

absl::StatusOr<std::unique_ptr<ByteReader>> RetryingStore::Read(std::string_view uri, ByteRange likely) {
  DH_ASSIGN_OR_RETURN(std::unique_ptr<ByteReader> reader,
                      retrier_.Call([&](uint32_t) { return inner_->Read(uri, likely); }));
  reader = std::make_unique<RetryingReader>(std::move(reader), &retrier_);
  return std::make_unique<ReadAheadReader>(std::move(reader), likely);
}

absl::StatusOr<bool> RetryingStore::Holds(std::string_view uri, const ByteViews& bytes) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> info, inner_->Stat(uri));
  if (!info || info->size != bytes.size()) return false;
  if (info->crc32c) return *info->crc32c == Crc32cOf(bytes);
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, inner_->Read(uri));
  std::string found(bytes.size(), '\0');
  for (size_t done = 0; done < found.size();) {
    DH_ASSIGN_OR_RETURN(const size_t got, reader->ReadAt(done, found.data() + done, found.size() - done));
    if (got == 0) return false;
    done += got;
  }
  std::string scratch;
  return found == bytes.In(&scratch);
}

absl::Status RetryingStore::Write(std::string_view uri, const ByteViews& bytes, const Precondition& when) {
  bool in_doubt = false;  // an attempt before may have worked
  return retrier_.Call([&](uint32_t) -> absl::Status {
    absl::Status status = inner_->Write(uri, bytes, when);
    const bool refused =
        status.code() == absl::StatusCode::kAlreadyExists || status.code() == absl::StatusCode::kAborted;
    if (refused && in_doubt) {
      DH_ASSIGN_OR_RETURN(const bool ours, Holds(uri, bytes));
      if (ours) return absl::OkStatus();
    }
    in_doubt = true;
    return status;
  });
}

absl::Status RetryingStore::Delete(std::string_view uri, const Precondition& when) {
  return retrier_.Call([&](uint32_t) { return inner_->Delete(uri, when); });
}

// A lost answer leaves an upload that nobody knows: it is found by ListUploads.
absl::StatusOr<std::string> RetryingStore::BeginUpload(std::string_view uri) {
  return retrier_.Call([&](uint32_t) { return inner_->BeginUpload(uri); });
}

absl::StatusOr<UploadPiece> RetryingStore::PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) {
  return retrier_.Call([&](uint32_t) { return inner_->PutPiece(upload, number, bytes); });
}

absl::StatusOr<UploadPiece> RetryingStore::CopyPiece(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                                     ByteRange range) {
  return retrier_.Call([&](uint32_t) { return inner_->CopyPiece(upload, number, source, range); });
}

absl::Status RetryingStore::FinishUpload(std::string_view upload, std::span<const UploadPiece> pieces,
                                         const Precondition& when) {
  return retrier_.Call([&](uint32_t) { return inner_->FinishUpload(upload, pieces, when); });
}

absl::Status RetryingStore::AbortUpload(std::string_view upload) {
  return retrier_.Call([&](uint32_t) { return inner_->AbortUpload(upload); });
}

absl::StatusOr<std::vector<UploadInfo>> RetryingStore::ListUploads(std::string_view uri) {
  return retrier_.Call([&](uint32_t) { return inner_->ListUploads(uri); });
}

}  // namespace datahaul

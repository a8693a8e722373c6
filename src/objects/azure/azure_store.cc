#include "objects/azure/azure_store.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "objects/azure/azure_reader.h"

namespace datahaul {
namespace {

constexpr ObjectStoreTraits kTraits{.conditional_replace = true,
                                    .least_piece_bytes = 0,
                                    .most_piece_bytes = AzureUploads::kMostBlockBytes,
                                    .most_pieces = AzureUploads::kMostBlocks};

absl::StatusOr<AzureUri> ParseBlob(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(AzureUri blob, ParseAzureUri(uri));
  if (blob.key.empty()) return UsageError(StrCat("opening ", uri, ": expected a blob in it, found only a container"));
  return blob;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> AzureStore::New(HttpTransport* transport, Clock* clock,
                                                             const Environment& environment,
                                                             const AzureOptions& options) {
  DH_ASSIGN_OR_RETURN(AzureOptions completed, Completed(options, environment));
  return std::unique_ptr<ObjectStore>(new AzureStore(transport, clock, environment, std::move(completed)));
}

const ObjectStoreTraits& AzureStore::traits() const { return kTraits; }

absl::StatusOr<std::optional<ObjectInfo>> AzureStore::Stat(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const AzureUri blob, ParseAzureUri(uri));
  if (blob.key.empty() || blob.key.ends_with('/')) return std::nullopt;
  return blobs_.Stat(blob);
}

absl::StatusOr<std::vector<ObjectInfo>> AzureStore::List(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(AzureUri folder, ParseAzureUri(uri));
  if (!folder.key.empty() && !folder.key.ends_with('/')) folder.key += '/';
  DH_ASSIGN_OR_RETURN(const std::vector<ListedBlob> blobs, blobs_.List("listing", folder, "metadata"));
  std::vector<ObjectInfo> objects;
  for (const ListedBlob& blob : blobs) {
    if (AzureUploads::IsUploadKey(blob.key)) continue;
    objects.push_back({.uri = StrCat(folder.root, "/", blob.key),
                       .name = blob.key.substr(folder.key.size()),
                       .size = blob.size,
                       .version = blob.version,
                       .crc32c = blob.crc32c});
  }
  if (objects.empty()) {
    return WithRetry(absl::NotFoundError(StrCat("listing ", ToText(folder), ": there are no objects below it")),
                     Retry::kNever);
  }
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return objects;
}

absl::StatusOr<std::unique_ptr<ByteReader>> AzureStore::Read(std::string_view uri, ByteRange likely) {
  DH_ASSIGN_OR_RETURN(AzureUri blob, ParseBlob(uri));
  return OpenAzureBlob(&client_, std::move(blob), likely);
}

absl::Status AzureStore::Write(std::string_view uri, const ByteViews& bytes, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const AzureUri blob, ParseBlob(uri));
  return blobs_.Write(blob, bytes, when);
}

absl::Status AzureStore::Delete(std::string_view uri, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const AzureUri blob, ParseBlob(uri));
  return blobs_.Delete(blob, when);
}

absl::StatusOr<std::string> AzureStore::BeginUpload(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(AzureUri blob, ParseBlob(uri));
  return uploads_.Begin(std::move(blob));
}

absl::StatusOr<UploadPiece> AzureStore::PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) {
  return uploads_.Put(upload, number, bytes);
}

absl::StatusOr<UploadPiece> AzureStore::CopyPiece(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                                  ByteRange range) {
  return uploads_.Copy(upload, number, source, range);
}

absl::Status AzureStore::FinishUpload(std::string_view upload, std::span<const UploadPiece> pieces,
                                      const Precondition& when) {
  return uploads_.Finish(upload, pieces, when);
}

absl::Status AzureStore::AbortUpload(std::string_view upload) { return uploads_.Abort(upload); }

absl::StatusOr<std::vector<UploadInfo>> AzureStore::ListUploads(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const AzureUri at, ParseAzureUri(uri));
  return uploads_.List(at);
}

}  // namespace datahaul

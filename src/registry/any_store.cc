#include "registry/any_store.h"

#include <random>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "http/curl_transport.h"
#include "objects/retrying/retrying_store.h"
#include "objects/s3/s3_store.h"
#include "registry/address.h"

namespace datahaul {
namespace {

constexpr ObjectStoreTraits kTraits{
    .least_piece_bytes = 5 << 20, .most_piece_bytes = uint64_t{5} << 30, .most_pieces = 10'000};

// One for the program, so that all stores share its connections.
absl::StatusOr<HttpTransport*> Transport() {
  static absl::StatusOr<std::unique_ptr<HttpTransport>>& transport =
      *new absl::StatusOr<std::unique_ptr<HttpTransport>>(CurlTransport::New());
  DH_RETURN_IF_ERROR(transport.status());
  return transport->get();
}

}  // namespace

absl::StatusOr<ObjectStore*> AnyStore::StoreOf(std::string_view uri) {
  if (IsS3Address(uri)) return S3();
  return &local_;
}

absl::StatusOr<ObjectStore*> AnyStore::S3() {
  const std::lock_guard lock(mutex_);
  if (s3_ == nullptr) {
    DH_ASSIGN_OR_RETURN(HttpTransport* const transport, Transport());
    DH_ASSIGN_OR_RETURN(std::unique_ptr<ObjectStore> store,
                        S3Store::New(transport, &Clock::Real(), ProcessEnvironment(), s3_options_));
    s3_ = std::make_unique<RetryingStore>(std::move(store), &Clock::Real(), std::random_device()());
  }
  return s3_.get();
}

// A handle is the store's own behind its object's scheme.
absl::StatusOr<AnyStore::Upload> AnyStore::UploadOf(std::string_view upload) {
  const size_t end = upload.find(' ');
  const std::string_view scheme = upload.substr(0, end);
  if (end == upload.npos || (scheme != "s3" && scheme != "file")) {
    return InternalError(StrCat("using an upload: expected its handle, found ", upload));
  }
  Upload known{.handle = std::string(upload.substr(end + 1))};
  if (scheme == "file") {
    known.store = &local_;
    return known;
  }
  DH_ASSIGN_OR_RETURN(known.store, S3());
  return known;
}

const ObjectStoreTraits& AnyStore::traits() const { return kTraits; }

absl::StatusOr<std::optional<ObjectInfo>> AnyStore::Stat(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(ObjectStore* const store, StoreOf(uri));
  return store->Stat(uri);
}

absl::StatusOr<std::vector<ObjectInfo>> AnyStore::List(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(ObjectStore* const store, StoreOf(uri));
  return store->List(uri);
}

absl::StatusOr<std::unique_ptr<ByteReader>> AnyStore::Read(std::string_view uri, ByteRange likely) {
  DH_ASSIGN_OR_RETURN(ObjectStore* const store, StoreOf(uri));
  return store->Read(uri, likely);
}

absl::Status AnyStore::Write(std::string_view uri, std::string_view bytes, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(ObjectStore* const store, StoreOf(uri));
  return store->Write(uri, bytes, when);
}

absl::Status AnyStore::Delete(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(ObjectStore* const store, StoreOf(uri));
  return store->Delete(uri);
}

absl::StatusOr<std::string> AnyStore::BeginUpload(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(ObjectStore* const store, StoreOf(uri));
  DH_ASSIGN_OR_RETURN(const std::string handle, store->BeginUpload(uri));
  return StrCat(IsS3Address(uri) ? "s3 " : "file ", handle);
}

absl::StatusOr<UploadPiece> AnyStore::PutPiece(std::string_view upload, uint32_t number, std::string_view bytes) {
  DH_ASSIGN_OR_RETURN(const Upload known, UploadOf(upload));
  return known.store->PutPiece(known.handle, number, bytes);
}

absl::StatusOr<UploadPiece> AnyStore::CopyPiece(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                                ByteRange range) {
  DH_ASSIGN_OR_RETURN(const Upload known, UploadOf(upload));
  DH_ASSIGN_OR_RETURN(ObjectStore* const from, StoreOf(source.uri));
  if (from == known.store) return known.store->CopyPiece(known.handle, number, source, range);
  return absl::UnimplementedError(StrCat("joining ", source.uri, ": it is in another store"));
}

absl::Status AnyStore::FinishUpload(std::string_view upload, std::span<const UploadPiece> pieces,
                                    const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const Upload known, UploadOf(upload));
  return known.store->FinishUpload(known.handle, pieces, when);
}

absl::Status AnyStore::AbortUpload(std::string_view upload) {
  DH_ASSIGN_OR_RETURN(const Upload known, UploadOf(upload));
  return known.store->AbortUpload(known.handle);
}

absl::StatusOr<std::vector<UploadInfo>> AnyStore::ListUploads(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(ObjectStore* const store, StoreOf(uri));
  DH_ASSIGN_OR_RETURN(std::vector<UploadInfo> uploads, store->ListUploads(uri));
  for (UploadInfo& upload : uploads) upload.upload.insert(0, IsS3Address(uri) ? "s3 " : "file ");
  return uploads;
}

}  // namespace datahaul

#include "registry/any_store.h"

#include <random>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "http/curl_transport.h"
#include "objects/azure/azure_store.h"
#include "objects/azure/azure_uri.h"
#include "objects/gcs/gcs_store.h"
#include "objects/retrying/retrying_store.h"
#include "objects/s3/s3_store.h"
#include "registry/address.h"

namespace datahaul {
namespace {

constexpr ObjectStoreTraits kTraits{
    .least_piece_bytes = 5 << 20, .most_piece_bytes = uint64_t{4000} << 20, .most_pieces = 10'000};

constexpr SecretVariable kS3Variables[] = {{"access-key-id", "AWS_ACCESS_KEY_ID"},
                                           {"secret-access-key", "AWS_SECRET_ACCESS_KEY"},
                                           {"session-token", "AWS_SESSION_TOKEN"}};
constexpr SecretUse kS3Secret{kS3Variables, "access-key-id secret-access-key"};

constexpr SecretVariable kGcsVariables[] = {{"key.json", "DATAHAUL_GCS_KEY_JSON"}};
constexpr SecretUse kGcsSecret{kGcsVariables, "key.json"};

constexpr SecretVariable kAzureVariables[] = {{"tenant-id", "AZURE_TENANT_ID"},
                                              {"client-id", "AZURE_CLIENT_ID"},
                                              {"client-secret", "AZURE_CLIENT_SECRET"},
                                              {"account", "AZURE_STORAGE_ACCOUNT"},
                                              {"account-key", "AZURE_STORAGE_KEY"},
                                              {"sas-token", "AZURE_STORAGE_SAS_TOKEN"},
                                              {"connection-string", "AZURE_STORAGE_CONNECTION_STRING"},
                                              {nullptr, "AZURE_FEDERATED_TOKEN_FILE"}};
constexpr SecretUse kAzureSecret{kAzureVariables,
                                 "tenant-id client-id client-secret|account-key|sas-token|connection-string"};

// One for the program, so that all stores share its connections.
absl::StatusOr<HttpTransport*> Transport() {
  static absl::StatusOr<std::unique_ptr<HttpTransport>>& transport =
      *new absl::StatusOr<std::unique_ptr<HttpTransport>>(CurlTransport::New());
  DH_RETURN_IF_ERROR(transport.status());
  return transport->get();
}

std::unique_ptr<ObjectStore> Retrying(std::unique_ptr<ObjectStore> store) {
  return std::make_unique<RetryingStore>(std::move(store), &Clock::Real(), std::random_device()());
}

// The word by which handles of uploads name their store.
std::string_view SchemeOf(std::string_view uri) {
  if (IsS3Address(uri)) return "s3";
  if (IsGcsAddress(uri)) return "gs";
  if (IsAzureUri(uri)) return "az";
  return "file";
}

}  // namespace

absl::StatusOr<ObjectStore*> AnyStore::StoreOf(std::string_view uri) { return OfScheme(SchemeOf(uri)); }

absl::StatusOr<ObjectStore*> AnyStore::OfScheme(std::string_view scheme) {
  if (scheme == "s3") return S3();
  if (scheme == "gs") return Gcs();
  if (scheme == "az") return Azure();
  if (scheme == "file") return &local_;
  return InternalError(StrCat("opening a store: expected a scheme that there is, found ", scheme));
}

absl::StatusOr<Environment> AnyStore::EnvironmentFor(const std::string& secret, const SecretUse& use) {
  if (secret.empty()) return ProcessEnvironment();
  if (secrets_ == nullptr)
    return InternalError(StrCat("looking for the secret ", secret, ": there is nowhere to look"));
  const absl::StatusOr<SecretValues> values = secrets_->Get(secret);
  // Whatever it is, a person can mend it: nothing that a job has done is given up for it.
  if (!values.ok()) return HumanError(std::string(Message(values.status())));
  return WithSecret(ProcessEnvironment(), secret, *values, use, options_.secret_keys);
}

absl::StatusOr<ObjectStore*> AnyStore::S3() {
  const std::lock_guard lock(mutex_);
  if (s3_ == nullptr) {
    DH_ASSIGN_OR_RETURN(const Environment environment, EnvironmentFor(options_.s3_secret, kS3Secret));
    DH_ASSIGN_OR_RETURN(HttpTransport* const transport, Transport());
    DH_ASSIGN_OR_RETURN(std::unique_ptr<ObjectStore> store,
                        S3Store::New(transport, &Clock::Real(), environment, options_.s3));
    s3_ = Retrying(std::move(store));
  }
  return s3_.get();
}

absl::StatusOr<ObjectStore*> AnyStore::Gcs() {
  const std::lock_guard lock(mutex_);
  if (gcs_ == nullptr) {
    DH_ASSIGN_OR_RETURN(const Environment environment, EnvironmentFor(options_.gcs_secret, kGcsSecret));
    DH_ASSIGN_OR_RETURN(HttpTransport* const transport, Transport());
    DH_ASSIGN_OR_RETURN(std::unique_ptr<ObjectStore> store,
                        GcsStore::New(transport, &Clock::Real(), environment, options_.gcs));
    gcs_ = Retrying(std::move(store));
  }
  return gcs_.get();
}

absl::StatusOr<ObjectStore*> AnyStore::Azure() {
  const std::lock_guard lock(mutex_);
  if (azure_ == nullptr) {
    DH_ASSIGN_OR_RETURN(const Environment environment, EnvironmentFor(options_.abs_secret, kAzureSecret));
    DH_ASSIGN_OR_RETURN(HttpTransport* const transport, Transport());
    DH_ASSIGN_OR_RETURN(std::unique_ptr<ObjectStore> store,
                        AzureStore::New(transport, &Clock::Real(), environment, options_.azure));
    azure_ = Retrying(std::move(store));
  }
  return azure_.get();
}

// A handle is the store's own behind its object's scheme.
absl::StatusOr<AnyStore::Upload> AnyStore::UploadOf(std::string_view upload) {
  const size_t end = upload.find(' ');
  if (end == upload.npos) return InternalError(StrCat("using an upload: expected its handle, found ", upload));
  Upload known{.handle = std::string(upload.substr(end + 1))};
  DH_ASSIGN_OR_RETURN(known.store, OfScheme(upload.substr(0, end)));
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

absl::Status AnyStore::Write(std::string_view uri, const ByteViews& bytes, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(ObjectStore* const store, StoreOf(uri));
  return store->Write(uri, bytes, when);
}

absl::Status AnyStore::Delete(std::string_view uri, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(ObjectStore* const store, StoreOf(uri));
  return store->Delete(uri, when);
}

absl::StatusOr<std::string> AnyStore::BeginUpload(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(ObjectStore* const store, StoreOf(uri));
  DH_ASSIGN_OR_RETURN(const std::string handle, store->BeginUpload(uri));
  return StrCat(SchemeOf(uri), " ", handle);
}

absl::StatusOr<UploadPiece> AnyStore::PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) {
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
  for (UploadInfo& upload : uploads) upload.upload.insert(0, StrCat(SchemeOf(uri), " "));
  return uploads;
}

}  // namespace datahaul

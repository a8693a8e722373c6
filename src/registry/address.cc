#include "registry/address.h"

#include <filesystem>
#include <system_error>

#include "base/status.h"
#include "base/text.h"
#include "objects/azure/azure_uri.h"
#include "objects/gcs/gcs_uri.h"
#include "objects/local/local_path.h"
#include "objects/s3/s3_uri.h"

namespace datahaul {
namespace {

// The only scheme without "//": a file may be called so, but is then written ./db:x.
constexpr std::string_view kDatabaseScheme = "db:";

bool IsOtherScheme(std::string_view address) {
  if (address.starts_with(kDatabaseScheme)) return true;
  const size_t end = address.find("://");
  return end != std::string_view::npos && address.find('/') > end && address.substr(0, end) != "file";
}

absl::StatusOr<std::string> S3Address(std::string_view address) {
  DH_ASSIGN_OR_RETURN(S3Uri uri, ParseS3Uri(address));
  while (uri.key.ends_with('/')) uri.key.pop_back();
  return ToText(uri);
}

absl::StatusOr<std::string> GcsAddress(std::string_view address) {
  DH_ASSIGN_OR_RETURN(GcsUri uri, ParseGcsUri(address));
  while (uri.key.ends_with('/')) uri.key.pop_back();
  return ToText(uri);
}

absl::StatusOr<std::string> AzureAddress(std::string_view address) {
  DH_ASSIGN_OR_RETURN(AzureUri uri, ParseAzureUri(address));
  while (uri.key.ends_with('/')) uri.key.pop_back();
  return ToText(uri);
}

}  // namespace

bool IsS3Address(std::string_view address) { return address.starts_with("s3://"); }
bool IsGcsAddress(std::string_view address) { return address.starts_with("gs://"); }

bool IsBucketAddress(std::string_view address) {
  return !address.starts_with('/') && address.find("://") != std::string_view::npos;
}

absl::StatusOr<std::string> AbsoluteAddress(std::string_view address) {
  if (address == kStandardOutput) return std::string(address);
  if (IsS3Address(address)) return S3Address(address);
  if (IsGcsAddress(address)) return GcsAddress(address);
  if (IsAzureUri(address)) return AzureAddress(address);
  if (IsOtherScheme(address)) {
    return UsageError(StrCat("opening ", address,
                             ": not supported yet; supported: paths, file://, s3://, gs://, az:// and abfss:// URIs"));
  }
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(address));
  std::error_code error;
  std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  if (error) return ErrnoError(error.value(), StrCat("finding ", path));
  while (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  return absolute;
}

}  // namespace datahaul

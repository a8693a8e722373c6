#include "objects/s3/s3_uri.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

bool MayBeInBucket(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

}  // namespace

absl::StatusOr<S3Uri> ParseS3Uri(std::string_view uri) {
  constexpr std::string_view kScheme = "s3://";
  std::string_view rest = uri;
  if (!rest.starts_with(kScheme)) return UsageError(StrCat("opening ", uri, ": expected s3://BUCKET/KEY"));
  rest.remove_prefix(kScheme.size());
  const std::string_view bucket = rest.substr(0, rest.find('/'));
  const bool plausible =
      !bucket.empty() && bucket[0] != '.' && std::all_of(bucket.begin(), bucket.end(), MayBeInBucket);
  if (!plausible) return UsageError(StrCat("opening ", uri, ": expected s3://BUCKET/KEY, found no name of a bucket"));
  rest.remove_prefix(std::min(bucket.size() + 1, rest.size()));
  return S3Uri{std::string(bucket), std::string(rest)};
}

std::string ToText(const S3Uri& uri) {
  return uri.key.empty() ? StrCat("s3://", uri.bucket) : StrCat("s3://", uri.bucket, "/", uri.key);
}

}  // namespace datahaul

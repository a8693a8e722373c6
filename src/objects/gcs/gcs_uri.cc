#include "objects/gcs/gcs_uri.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

bool MayBeInBucket(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

}  // namespace

absl::StatusOr<GcsUri> ParseGcsUri(std::string_view uri) {
  constexpr std::string_view kScheme = "gs://";
  std::string_view rest = uri;
  if (!rest.starts_with(kScheme)) return UsageError(StrCat("opening ", uri, ": expected gs://BUCKET/KEY"));
  rest.remove_prefix(kScheme.size());
  const std::string_view bucket = rest.substr(0, rest.find('/'));
  const bool plausible =
      !bucket.empty() && bucket[0] != '.' && std::all_of(bucket.begin(), bucket.end(), MayBeInBucket);
  if (!plausible) return UsageError(StrCat("opening ", uri, ": expected gs://BUCKET/KEY, found no name of a bucket"));
  rest.remove_prefix(std::min(bucket.size() + 1, rest.size()));
  return GcsUri{std::string(bucket), std::string(rest)};
}

std::string ToText(const GcsUri& uri) {
  return uri.key.empty() ? StrCat("gs://", uri.bucket) : StrCat("gs://", uri.bucket, "/", uri.key);
}

}  // namespace datahaul

#include "objects/s3/s3_options.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "http/url.h"
#include "objects/s3/profile.h"

namespace datahaul {
namespace {

std::string FirstOf(const Environment& environment, const char* first, const char* second) {
  std::string value = environment(first);
  return value.empty() ? environment(second) : value;
}

}  // namespace

absl::StatusOr<S3Options> Completed(S3Options options, const Environment& environment) {
  if (options.region.empty()) options.region = FirstOf(environment, "AWS_REGION", "AWS_DEFAULT_REGION");
  if (options.region.empty()) {
    DH_ASSIGN_OR_RETURN(const Profile profile, ReadProfile(environment));
    const auto at = profile.settings.find("region");
    options.region = at == profile.settings.end() ? "us-east-1" : at->second;
  }
  if (options.endpoint.empty()) options.endpoint = FirstOf(environment, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
  if (options.endpoint.empty()) {
    const bool china = options.region.starts_with("cn-");
    options.endpoint = StrCat("https://s3.", options.region, ".amazonaws.com", china ? ".cn" : "");
    return options;
  }
  options.path_style = true;
  while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
  const bool is_web = options.endpoint.starts_with("https://") || options.endpoint.starts_with("http://");
  if (is_web && OriginOf(options.endpoint) == options.endpoint && !options.endpoint.ends_with("//")) return options;
  return UsageError(StrCat("using the S3 endpoint ", OriginOf(options.endpoint),
                           ": expected http://HOST[:PORT] or https://HOST[:PORT], without user and path"));
}

}  // namespace datahaul

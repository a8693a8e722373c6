#include "objects/gcs/gcs_options.h"

#include "base/status.h"
#include "base/text.h"
#include "http/url.h"

namespace datahaul {

absl::StatusOr<GcsOptions> Completed(GcsOptions options, const Environment& environment) {
  if (options.endpoint.empty()) {
    options.endpoint = environment("STORAGE_EMULATOR_HOST");
    options.anonymous = options.anonymous || !options.endpoint.empty();
    const bool has_scheme = options.endpoint.empty() || options.endpoint.find("://") != std::string::npos;
    if (!has_scheme) options.endpoint.insert(0, "http://");
  }
  if (options.endpoint.empty()) options.endpoint = "https://storage.googleapis.com";
  while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
  const bool tls = options.endpoint.starts_with("https://");
  options.anonymous = options.anonymous || !tls;
  const bool is_web = tls || options.endpoint.starts_with("http://");
  if (is_web && OriginOf(options.endpoint) == options.endpoint) return options;
  return UsageError(StrCat("using the endpoint ", OriginOf(options.endpoint),
                           " of Google Cloud Storage: expected http://HOST[:PORT] or https://HOST[:PORT], without user "
                           "and path"));
}

}  // namespace datahaul

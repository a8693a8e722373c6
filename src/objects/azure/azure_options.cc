#include "objects/azure/azure_options.h"

#include "base/status.h"
#include "base/text.h"
#include "http/url.h"
#include "objects/azure/connection_string.h"

namespace datahaul {
namespace {

bool IsWebAddress(const std::string& endpoint) {
  const bool is_web = endpoint.starts_with("https://") || endpoint.starts_with("http://");
  return is_web && endpoint.starts_with(OriginOf(endpoint)) && !endpoint.ends_with("//") &&
         endpoint.find_first_of("?#") == endpoint.npos;
}

}  // namespace

absl::StatusOr<AzureOptions> Completed(AzureOptions options, const Environment& environment) {
  DH_ASSIGN_OR_RETURN(const ConnectionString connection, ReadConnectionString(environment));
  if (options.account.empty()) options.account = connection.account;
  if (options.account.empty()) options.account = environment("AZURE_STORAGE_ACCOUNT");
  if (options.endpoint.empty() && options.account == connection.account) options.endpoint = connection.endpoint;
  if (options.endpoint.empty() && !options.account.empty()) {
    options.endpoint = StrCat("https://", options.account, ".blob.core.windows.net");
  }
  if (options.endpoint.empty()) return options;
  while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
  if (IsWebAddress(options.endpoint)) return options;
  return UsageError(StrCat("using the Azure endpoint ", OriginOf(options.endpoint),
                           ": expected https://HOST[:PORT][/ACCOUNT], without user and query"));
}

}  // namespace datahaul

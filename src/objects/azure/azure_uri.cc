#include "objects/azure/azure_uri.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr std::string_view kSchemes[] = {"az://", "abfs://", "abfss://"};

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Also $web, $logs, $root.
bool IsContainer(std::string_view name) {
  return !name.empty() && name.size() <= 63 &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsLowerOrDigit(c) || c == '-' || c == '$'; });
}

// The host of blobs for one of either kind; nothing if it is not Azure's.
std::optional<std::string> BlobHost(std::string_view host) {
  constexpr std::string_view kClouds[] = {".core.windows.net", ".core.chinacloudapi.cn", ".core.usgovcloudapi.net"};
  for (const std::string_view cloud : kClouds) {
    for (const std::string_view service : {".dfs", ".blob"}) {
      const std::string suffix = StrCat(service, cloud);
      if (!host.ends_with(suffix)) continue;
      const std::string_view account = host.substr(0, host.size() - suffix.size());
      const bool plausible = !account.empty() && std::all_of(account.begin(), account.end(),
                                                             [](char c) { return IsLowerOrDigit(c) || c == '-'; });
      if (plausible) return StrCat(account, ".blob", cloud);
    }
  }
  return std::nullopt;
}

}  // namespace

bool IsAzureUri(std::string_view uri) {
  return std::any_of(std::begin(kSchemes), std::end(kSchemes), [uri](auto scheme) { return uri.starts_with(scheme); });
}

absl::StatusOr<AzureUri> ParseAzureUri(std::string_view uri) {
  if (!IsAzureUri(uri)) return UsageError(StrCat("opening ", uri, ": expected az://CONTAINER/BLOB"));
  const size_t begin = uri.find("://") + 3;
  const size_t end = std::min(uri.find('/', begin), uri.size());
  const std::string_view authority = uri.substr(begin, end - begin);
  AzureUri parsed{.root = std::string(uri.substr(0, end)),
                  .key = std::string(uri.substr(std::min(end + 1, uri.size())))};
  const size_t at = authority.find('@');
  parsed.container = authority.substr(0, at);
  if (!IsContainer(parsed.container)) {
    return UsageError(StrCat("opening ", uri, ": expected ", uri.substr(0, begin),
                             "CONTAINER, found no name of a container; they are of lower case letters, digits and -"));
  }
  if (uri.starts_with("az://")) {
    if (at == authority.npos) return parsed;
    return UsageError(StrCat("opening ", uri,
                             ": expected az://CONTAINER/BLOB; name the account with abfss://, or by "
                             "--abs-account"));
  }
  const std::optional<std::string> host = at == authority.npos ? std::nullopt : BlobHost(authority.substr(at + 1));
  if (!host) {
    return UsageError(StrCat("opening ", uri, ": expected ", uri.substr(0, begin),
                             "CONTAINER@ACCOUNT.dfs.core.windows.net/BLOB; for a store that is not Azure's take az:// "
                             "and --abs-endpoint"));
  }
  parsed.host = *host;
  return parsed;
}

std::string ToText(const AzureUri& uri) { return uri.key.empty() ? uri.root : StrCat(uri.root, "/", uri.key); }

std::string AccountOfHost(std::string_view host) { return std::string(host.substr(0, host.find('.'))); }

}  // namespace datahaul

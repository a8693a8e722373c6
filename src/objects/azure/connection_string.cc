#include "objects/azure/connection_string.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "objects/azure/azure_uri.h"

namespace datahaul {
namespace {

constexpr char kVariable[] = "AZURE_STORAGE_CONNECTION_STRING";

// The account of the storage emulator, whose key is published.
constexpr char kEmulatorAccount[] = "devstoreaccount1";
constexpr char kEmulatorKey[] =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
constexpr char kEmulatorEndpoint[] = "http://127.0.0.1:10000/devstoreaccount1";

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

// Name=value;Name=value, with names in lower case.
absl::StatusOr<std::map<std::string, std::string>> Settings(std::string_view text) {
  std::map<std::string, std::string> settings;
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    const std::string_view setting = Trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (setting.empty()) continue;
    const size_t equals = setting.find('=');
    if (equals == setting.npos) {
      return HumanError(StrCat("reading ", kVariable,
                               ": expected Name=value;Name=value, found a part without =; copy it "
                               "again from the portal, or from `az storage account "
                               "show-connection-string`"));
    }
    std::string name(setting.substr(0, equals));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    settings[std::move(name)] = setting.substr(equals + 1);
  }
  return settings;
}

std::string Or(std::string value, std::string_view otherwise) {
  return value.empty() ? std::string(otherwise) : std::move(value);
}

// ACCOUNT of https://ACCOUNT.blob.core.windows.net or http://127.0.0.1:10000/ACCOUNT.
std::string AccountOfEndpoint(std::string_view endpoint) {
  const size_t scheme = endpoint.find("://");
  if (scheme == endpoint.npos) return "";
  const std::string_view rest = endpoint.substr(scheme + 3);
  const size_t slash = rest.find('/');
  return slash == rest.npos ? AccountOfHost(rest) : std::string(rest.substr(slash + 1));
}

}  // namespace

absl::StatusOr<ConnectionString> ReadConnectionString(const Environment& environment) {
  DH_ASSIGN_OR_RETURN(auto settings, Settings(environment(kVariable)));
  if (settings.empty()) return ConnectionString{};
  if (settings["usedevelopmentstorage"] == "true")
    return ConnectionString{kEmulatorAccount, kEmulatorKey, "", kEmulatorEndpoint};
  ConnectionString found{settings["accountname"], settings["accountkey"], settings["sharedaccesssignature"],
                         settings["blobendpoint"]};
  if (found.sas.starts_with('?')) found.sas.erase(0, 1);
  while (found.endpoint.ends_with('/')) found.endpoint.pop_back();
  if (found.account.empty()) found.account = AccountOfEndpoint(found.endpoint);
  if (found.account.empty()) {
    return HumanError(StrCat("reading ", kVariable, ": expected AccountName or BlobEndpoint in it, found neither"));
  }
  if (found.endpoint.empty()) {
    found.endpoint = StrCat(Or(settings["defaultendpointsprotocol"], "https"), "://", found.account, ".blob.",
                            Or(settings["endpointsuffix"], "core.windows.net"));
  }
  return found;
}

}  // namespace datahaul

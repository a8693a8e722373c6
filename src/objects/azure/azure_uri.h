#ifndef DATAHAUL_OBJECTS_AZURE_AZURE_URI_H_
#define DATAHAUL_OBJECTS_AZURE_AZURE_URI_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

struct AzureUri {
  std::string root;       // what stands before the key: az://CONTAINER, abfss://CONTAINER@HOST
  std::string container;  // lower case
  std::string key;        // the blob's name as it is, not percent-encoded; "" = the container itself
  std::string host;  // of the account's blobs: ACCOUNT.blob.core.windows.net; "" = az://, the account of the options
};

// az://CONTAINER[/BLOB], and abfs[s]://CONTAINER@ACCOUNT.dfs.core.windows.net[/BLOB] for the same; anything else is
// INVALID_ARGUMENT. Hosts are Azure's own: whoever is asked sees credentials.
absl::StatusOr<AzureUri> ParseAzureUri(std::string_view uri);

// az://…, abfs://… or abfss://…
bool IsAzureUri(std::string_view uri);

std::string ToText(const AzureUri& uri);

// ACCOUNT of ACCOUNT.blob.core.windows.net.
std::string AccountOfHost(std::string_view host);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_AZURE_URI_H_

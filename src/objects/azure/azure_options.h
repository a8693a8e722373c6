#ifndef DATAHAUL_OBJECTS_AZURE_AZURE_OPTIONS_H_
#define DATAHAUL_OBJECTS_AZURE_AZURE_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "objects/environment.h"

namespace datahaul {

struct AzureOptions {
  std::string account;   // of az://; "" = the connection string's, AZURE_STORAGE_ACCOUNT
  std::string endpoint;  // scheme://host[:port][/account]; "" = the connection string's, Azure's of the account
  uint32_t page = 5000;  // blobs that one listing asks for
};

// `options` with what the environment says where they say nothing. INVALID_ARGUMENT for an endpoint that is none. Both
// stay "" where nobody names an account.
absl::StatusOr<AzureOptions> Completed(AzureOptions options, const Environment& environment);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_AZURE_OPTIONS_H_

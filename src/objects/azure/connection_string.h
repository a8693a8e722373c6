#ifndef DATAHAUL_OBJECTS_AZURE_CONNECTION_STRING_H_
#define DATAHAUL_OBJECTS_AZURE_CONNECTION_STRING_H_

#include <string>

#include "absl/status/statusor.h"

#include "objects/environment.h"

namespace datahaul {

// What AZURE_STORAGE_CONNECTION_STRING says; "" for what it does not.
struct ConnectionString {
  std::string account;
  std::string key;       // base64; secret
  std::string sas;       // a query, without "?"; secret
  std::string endpoint;  // of the blobs, without a slash at its end
};

// All "" if it is not set. FAILED_PRECONDITION if it is none; its text, which is secret, is not in the message.
absl::StatusOr<ConnectionString> ReadConnectionString(const Environment& environment);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_CONNECTION_STRING_H_

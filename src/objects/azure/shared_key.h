// Signing requests to Azure with an account's key.
#ifndef DATAHAUL_OBJECTS_AZURE_SHARED_KEY_H_
#define DATAHAUL_OBJECTS_AZURE_SHARED_KEY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "http/http.h"
#include "http/url.h"

namespace datahaul {

struct SharedKeyRequest {
  std::string_view method;
  std::string_view path;  // as it is sent, percent-encoded
  const QueryParameters& query;
  const HttpHeaders& headers;
  uint64_t content_length = 0;
};

// Azure's x-ms-version: what requests and answers mean.
inline constexpr char kAzureVersion[] = "2020-12-06";

// A time as x-ms-date has it.
std::string HttpDate(Micros time);

// What is signed.
std::string SharedKeyText(std::string_view account, const SharedKeyRequest& request);
// The Authorization header. `key` is bytes, not base64.
absl::StatusOr<std::string> SharedKeyAuthorization(std::string_view account, std::string_view key,
                                                   const SharedKeyRequest& request);

// A query with which anybody may read one blob until `expires`.
absl::StatusOr<std::string> ReadSas(std::string_view account, std::string_view key, std::string_view container,
                                    std::string_view blob, Micros expires);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_SHARED_KEY_H_

// Signature Version 4, with which requests to AWS and stores like it are signed.
#ifndef DATAHAUL_OBJECTS_S3_SIGV4_H_
#define DATAHAUL_OBJECTS_S3_SIGV4_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "http/http.h"

namespace datahaul {

struct SigV4Scope {
  std::string_view region, service;
};

struct SigV4Request {
  std::string_view method;
  std::string_view path;          // percent-encoded once, as it is sent
  std::string_view query;         // as EncodeQuery makes it
  HttpHeaders headers;            // all of them are signed: Host is needed, X-Amz-Date, too; in any order and case
  std::string_view payload_hash;  // hexadecimal SHA-256 of the body, or kUnsignedPayload
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// `time` as X-Amz-Date has it: 20130524T000000Z.
std::string SigV4Time(Micros time);

// The value of the header Authorization. `time` is that of the header X-Amz-Date. The secret is in no part of it.
absl::StatusOr<std::string> SigV4Authorization(std::string_view access_key, std::string_view secret, Micros time,
                                               const SigV4Scope& scope, const SigV4Request& request);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_SIGV4_H_

#ifndef DATAHAUL_OBJECTS_GCS_JWT_H_
#define DATAHAUL_OBJECTS_GCS_JWT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/clock.h"

namespace datahaul {

// What a service account asks for, signed by its key, which is good for one hour.
struct JwtClaims {
  std::string_view key_id, issuer, scope, audience;
  Micros issued_at = 0;
};

// A JSON web token (RFC 7519), signed with RS256. `private_key` is PEM; see RsaSha256.
absl::StatusOr<std::string> SignedJwt(const JwtClaims& claims, std::string_view private_key);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_JWT_H_

// What requests are signed with.
#ifndef DATAHAUL_HTTP_DIGEST_H_
#define DATAHAUL_HTTP_DIGEST_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

// OpenSSL's, whose library is loaded on first use: FAILED_PRECONDITION naming the package, where it is not installed.
// Results are bytes, not text. Safe for concurrent use.
absl::StatusOr<std::string> Sha256(std::string_view bytes);                            // 32 bytes
absl::StatusOr<std::string> HmacSha256(std::string_view key, std::string_view bytes);  // 32 bytes

// RSASSA-PKCS1-v1_5 with SHA-256 ("RS256"). `private_key` is an RSA key in PEM, without a passphrase:
// FAILED_PRECONDITION for anything else, which is not shown.
absl::StatusOr<std::string> RsaSha256(std::string_view private_key, std::string_view bytes);

}  // namespace datahaul

#endif  // DATAHAUL_HTTP_DIGEST_H_

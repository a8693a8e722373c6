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

}  // namespace datahaul

#endif  // DATAHAUL_HTTP_DIGEST_H_

#ifndef DATAHAUL_SECRETS_PRIVATE_FILE_H_
#define DATAHAUL_SECRETS_PRIVATE_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace datahaul {

// Both make a file that only its owner can read, whole or not at all, durable. Its folder must be there.
absl::Status CreatePrivateFile(const std::string& path, std::string_view bytes);  // ALREADY_EXISTS if there is one
absl::Status ReplacePrivateFile(const std::string& path, std::string_view bytes);

}  // namespace datahaul

#endif  // DATAHAUL_SECRETS_PRIVATE_FILE_H_

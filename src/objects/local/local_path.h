#ifndef DATAHAUL_OBJECTS_LOCAL_LOCAL_PATH_H_
#define DATAHAUL_OBJECTS_LOCAL_LOCAL_PATH_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

// The path that a path or file:// URI names. A path is taken as it is; a URI is percent-decoded (RFC 8089; its host
// must be empty or localhost). Anything with another scheme is INVALID_ARGUMENT.
absl::StatusOr<std::string> LocalPath(std::string_view uri);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_LOCAL_LOCAL_PATH_H_

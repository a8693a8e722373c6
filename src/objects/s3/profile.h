// The profile files that AWS' own tools write: ~/.aws/credentials and ~/.aws/config.
#ifndef DATAHAUL_OBJECTS_S3_PROFILE_H_
#define DATAHAUL_OBJECTS_S3_PROFILE_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "objects/environment.h"

namespace datahaul {

// The settings of one section of such a file; none where it has no such section. Values stand as written.
std::map<std::string, std::string> ProfileSection(std::string_view file, std::string_view section);

struct Profile {
  std::string name;
  bool chosen = false;                          // AWS_PROFILE names it: it must be there
  std::map<std::string, std::string> settings;  // those of the credentials file win
};

// The profile that AWS_PROFILE names, or "default", from AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE or where they
// are commonly. Files that are not there are empty; FAILED_PRECONDITION if a profile was chosen and is in neither.
absl::StatusOr<Profile> ReadProfile(const Environment& environment);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_PROFILE_H_

// What a claim says, be it a file or an object of a bucket.
#ifndef DATAHAUL_CONNECTOR_OBJECTS_CLAIM_TEXT_H_
#define DATAHAUL_CONNECTOR_OBJECTS_CLAIM_TEXT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace datahaul {

inline constexpr std::string_view kClaimName = ".datahaul-claim";

struct ClaimHolder {
  std::string job;
  std::string data_dir;  // where the job lives
  int made_folders = 0;  // that many folders, the destination and its parents, were made for it
  std::string taker;     // tells apart who took it, in a bucket; "" elsewhere
};

std::string ToText(const ClaimHolder& holder);
ClaimHolder ParseClaim(std::string_view text);

// `folder` is taken by `other`: FAILED_PRECONDITION that names it and how to end it.
absl::Status ClaimTaken(const std::string& folder, const ClaimHolder& other);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_CLAIM_TEXT_H_

#ifndef DATAHAUL_OBJECTS_GCS_GCS_URI_H_
#define DATAHAUL_OBJECTS_GCS_GCS_URI_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

struct GcsUri {
  std::string bucket;
  std::string key;  // as it is, not percent-encoded; "" = the bucket itself
};

// gs://BUCKET[/KEY]; anything else is INVALID_ARGUMENT.
absl::StatusOr<GcsUri> ParseGcsUri(std::string_view uri);

std::string ToText(const GcsUri& uri);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_GCS_URI_H_

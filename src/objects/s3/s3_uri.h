#ifndef DATAHAUL_OBJECTS_S3_S3_URI_H_
#define DATAHAUL_OBJECTS_S3_S3_URI_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

struct S3Uri {
  std::string bucket;
  std::string key;  // as it is, not percent-encoded; "" = the bucket itself
};

// s3://BUCKET[/KEY]; anything else is INVALID_ARGUMENT.
absl::StatusOr<S3Uri> ParseS3Uri(std::string_view uri);

std::string ToText(const S3Uri& uri);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_S3_URI_H_

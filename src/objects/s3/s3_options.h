#ifndef DATAHAUL_OBJECTS_S3_S3_OPTIONS_H_
#define DATAHAUL_OBJECTS_S3_S3_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "objects/environment.h"

namespace datahaul {

struct S3Options {
  std::string region;       // "" = AWS_REGION, AWS_DEFAULT_REGION, the profile's, us-east-1
  std::string endpoint;     // scheme://host[:port]; "" = AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, Amazon's of the region
  bool path_style = false;  // the bucket in the path; always so with an endpoint that is not Amazon's
  uint32_t page = 1000;     // objects that one listing asks for
};

// `options` with what the environment says where they say nothing. INVALID_ARGUMENT for an endpoint that is none.
absl::StatusOr<S3Options> Completed(S3Options options, const Environment& environment);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_S3_OPTIONS_H_

#ifndef DATAHAUL_OBJECTS_S3_S3_SIZE_H_
#define DATAHAUL_OBJECTS_S3_S3_SIZE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

// The size of an object, as an answer tells it. DATA_LOSS if it does not: an object must not be taken for an empty one.
// `where` is for the message: "reading s3://bucket/key".
absl::StatusOr<uint64_t> ParseSize(std::string_view where, std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_S3_SIZE_H_

// Addresses: how users name sources and destinations.
#ifndef DATAHAUL_REGISTRY_ADDRESS_H_
#define DATAHAUL_REGISTRY_ADDRESS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

inline constexpr std::string_view kStandardOutput = "-";

// `address` as it can be used from any folder: paths and file:// URIs become absolute paths, URIs of buckets lose
// slashes at their end, "-" stays. Addresses of other schemes are a usage error that names what is supported.
absl::StatusOr<std::string> AbsoluteAddress(std::string_view address);

// s3://…
bool IsS3Address(std::string_view address);
// gs://…
bool IsGcsAddress(std::string_view address);

// Of a bucket, whichever store's: neither a path, a file:// URI, nor standard output. `address` as AbsoluteAddress
// returns it.
bool IsBucketAddress(std::string_view address);

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_ADDRESS_H_

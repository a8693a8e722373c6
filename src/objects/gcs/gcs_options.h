#ifndef DATAHAUL_OBJECTS_GCS_GCS_OPTIONS_H_
#define DATAHAUL_OBJECTS_GCS_GCS_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "objects/environment.h"

namespace datahaul {

struct GcsOptions {
  std::string endpoint;    // scheme://host[:port]; "" = STORAGE_EMULATOR_HOST, Google's
  bool anonymous = false;  // send no credentials; always so without TLS, where others could read them
  uint32_t page = 1000;    // objects that one listing asks for
};

// `options` with what the environment says where they say nothing. INVALID_ARGUMENT for an endpoint that is none.
absl::StatusOr<GcsOptions> Completed(GcsOptions options, const Environment& environment);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_GCS_OPTIONS_H_

#ifndef DATAHAUL_CONNECTOR_OBJECTS_MAY_BEGIN_H_
#define DATAHAUL_CONNECTOR_OBJECTS_MAY_BEGIN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "connector/objects/folder_settings.h"
#include "layout/files/manifest.h"
#include "model/schema.h"

namespace datahaul {

// What a destination holds, to one who may not know whether it is a folder or a bucket.
struct FoundOutput {
  std::string any = {};                                     // the name of something that is there; "" if nothing is
  const absl::StatusOr<std::optional<Manifest>>& manifest;  // as read
  // An object's size; nothing if it is not there.
  std::function<absl::StatusOr<std::optional<uint64_t>>(const std::string& object)> size_of;
};

// Nothing, or FAILED_PRECONDITION: whether a job with these settings, and for tables this schema, may begin where
// `found` is.
absl::Status CheckMayBegin(const FolderSettings& settings, const FoundOutput& found, const Schema* schema);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_MAY_BEGIN_H_

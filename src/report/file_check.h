// Are a data set's files those that its manifest lists?
#ifndef DATAHAUL_REPORT_FILE_CHECK_H_
#define DATAHAUL_REPORT_FILE_CHECK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "layout/files/manifest.h"
#include "model/object_store.h"

namespace datahaul {

// Reads the objects in `folder` and compares sizes and checksums. Returns what is wrong, a sentence for each file; an
// error only where a file could not be read at all. `on_read` (may be empty) is told how much was just read.
absl::StatusOr<std::vector<std::string>> CheckFiles(ObjectStore& store, const std::string& folder,
                                                    const std::vector<ManifestObject>& objects,
                                                    const std::function<void(uint64_t bytes)>& on_read);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_FILE_CHECK_H_

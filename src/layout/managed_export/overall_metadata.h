#ifndef DATAHAUL_LAYOUT_MANAGED_EXPORT_OVERALL_METADATA_H_
#define DATAHAUL_LAYOUT_MANAGED_EXPORT_OVERALL_METADATA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "io/byte_reader.h"

namespace datahaul {

// What the overall metadata file says of one partition.
struct OverallEntry {
  std::optional<std::string> kind, ns;  // filters; absent = all
  std::string path;                     // of the .export_metadata, relative to the overall file's folder, '/' inside
  std::optional<uint64_t> records, bytes;
};

// Reads a `*.overall_export_metadata` file: one entry or more, in stored order, each of another path. DATA_LOSS if it
// is damaged, malformed or names no partition.
absl::StatusOr<std::vector<OverallEntry>> ReadOverallMetadata(const ByteReader& file);

// `path` as metadata has it, made ours: backslashes (the emulator on Windows) become slashes, "./" goes. Nothing if it
// is empty, absolute or leads out of its folder.
std::optional<std::string> NormalPath(std::string_view path);

}  // namespace datahaul

#endif  // DATAHAUL_LAYOUT_MANAGED_EXPORT_OVERALL_METADATA_H_

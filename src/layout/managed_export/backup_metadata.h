#ifndef DATAHAUL_LAYOUT_MANAGED_EXPORT_BACKUP_METADATA_H_
#define DATAHAUL_LAYOUT_MANAGED_EXPORT_BACKUP_METADATA_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "base/clock.h"

namespace datahaul {

// What a partition's `*.export_metadata` says; Google calls the message Backup. Schemas are passed over.
struct BackupMetadata {
  std::string name;
  Micros started = 0, ended = 0;
  std::vector<std::string> kinds;  // "__all__", a kind, or "" (emulators: all)
  std::vector<std::string> files;  // relative to the metadata's folder, '/' inside, as stored; none twice
};

// `uri` is for messages. DATA_LOSS if it is malformed.
absl::StatusOr<BackupMetadata> ParseBackupMetadata(std::string_view bytes, std::string_view uri);

}  // namespace datahaul

#endif  // DATAHAUL_LAYOUT_MANAGED_EXPORT_BACKUP_METADATA_H_

// What a managed export consists of.
#ifndef DATAHAUL_LAYOUT_MANAGED_EXPORT_INVENTORY_H_
#define DATAHAUL_LAYOUT_MANAGED_EXPORT_INVENTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace datahaul {

struct ExportFile {
  std::string uri;
  std::string name;  // relative to the folder searched
  uint64_t size = 0;
  std::string version;  // as the store listed it
};

// One folder of output files: everything, one kind, one namespace, or one kind of one namespace.
struct ExportPartition {
  // What the partition is known to be limited to; absent = not limited, or not known for certain.
  std::optional<std::string> kind;
  std::optional<std::string> ns;
  std::string metadata_uri;         // of its .export_metadata; "" where there is none
  std::string backup_name;          // the rest as the metadata says, for people
  Micros started = 0, ended = 0;    // some emulators wrote nonsense here
  std::vector<std::string> kinds;   // "__all__" or "" for all kinds
  std::optional<uint64_t> records;  // the overall metadata's counts; absent where it is missing
  std::optional<uint64_t> bytes;    // production: of record payloads; emulators: of the files
  std::vector<ExportFile> files;    // in number order
};

struct Inventory {
  std::string overall_uri;  // "" where there is none
  std::vector<ExportPartition> partitions;
  std::vector<std::string> notes;  // what a person should know
};

}  // namespace datahaul

#endif  // DATAHAUL_LAYOUT_MANAGED_EXPORT_INVENTORY_H_

// The names of a managed export's files and folders. All names are relative, with '/' between segments.
#ifndef DATAHAUL_LAYOUT_MANAGED_EXPORT_EXPORT_NAMES_H_
#define DATAHAUL_LAYOUT_MANAGED_EXPORT_EXPORT_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace datahaul {

// "" where there is no slash; without the slash at its end.
std::string_view FolderOf(std::string_view name);
std::string_view LastSegment(std::string_view name);
// `folder` may be "".
std::string Below(std::string_view folder, std::string_view name);
bool IsBelow(std::string_view folder, std::string_view name);

bool IsOverallName(std::string_view name);    // *.overall_export_metadata
bool IsPartitionName(std::string_view name);  // *.export_metadata
// The N of `output-N`, whatever the folder.
std::optional<uint64_t> OutputNumber(std::string_view name);

// A partition's folder by convention, `<export>/<namespace part>/<kind part>`, taken apart.
struct PartitionFolder {
  std::string_view root;                     // the export's folder
  std::optional<std::string_view> kind, ns;  // absent = all
};
std::optional<PartitionFolder> ParsePartitionFolder(std::string_view folder);

// The export that files in `folder` belong to when no overall metadata tells: by convention two folders up, else
// `folder`.
std::string_view ExportRoot(std::string_view folder);

}  // namespace datahaul

#endif  // DATAHAUL_LAYOUT_MANAGED_EXPORT_EXPORT_NAMES_H_

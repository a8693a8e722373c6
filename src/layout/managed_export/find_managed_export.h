#ifndef DATAHAUL_LAYOUT_MANAGED_EXPORT_FIND_MANAGED_EXPORT_H_
#define DATAHAUL_LAYOUT_MANAGED_EXPORT_FIND_MANAGED_EXPORT_H_

#include <string_view>

#include "absl/status/statusor.h"

#include "layout/managed_export/inventory.h"
#include "model/object_store.h"

namespace datahaul {

// Finds the managed export at `uri`, which may be
//   - a `*.overall_export_metadata` file, or a folder with one in it or in one of its folders,
//   - a partition's `*.export_metadata` file, or a folder with such files below it,
//   - one output file, or a folder with files `output-N` below it.
// Reads the metadata, never the outputs.
//
// Nothing is left out silently. DATA_LOSS: metadata that is damaged or malformed; a file that metadata names and that
// is missing; an output file or a partition's metadata of this export that no metadata names. FAILED_PRECONDITION:
// several exports at `uri`. NOT_FOUND: none. What can't be known is in `notes`.
absl::StatusOr<Inventory> FindManagedExport(ObjectStore& store, std::string_view uri);

// True for the names `*.overall_export_metadata`, `*.export_metadata` and `output-N`, whatever their folder.
bool IsManagedExportName(std::string_view name);

}  // namespace datahaul

#endif  // DATAHAUL_LAYOUT_MANAGED_EXPORT_FIND_MANAGED_EXPORT_H_

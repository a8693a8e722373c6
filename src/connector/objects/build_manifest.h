#ifndef DATAHAUL_CONNECTOR_OBJECTS_BUILD_MANIFEST_H_
#define DATAHAUL_CONNECTOR_OBJECTS_BUILD_MANIFEST_H_

#include "connector/objects/folder_settings.h"
#include "connector/objects/object_sums.h"
#include "layout/files/manifest.h"
#include "model/sink.h"

namespace datahaul {

// The manifest of what a job leaves behind. `appended_to`: what the destination held before, which `sums` continue;
// null if nothing of it remains.
Manifest BuildManifest(const FolderSettings& settings, const JobContext& context, const ObjectSums& sums,
                       const Manifest* appended_to);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_BUILD_MANIFEST_H_

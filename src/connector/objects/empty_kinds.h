#ifndef DATAHAUL_CONNECTOR_OBJECTS_EMPTY_KINDS_H_
#define DATAHAUL_CONNECTOR_OBJECTS_EMPTY_KINDS_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "connector/objects/folder_settings.h"
#include "connector/objects/object_head.h"
#include "connector/objects/object_sums.h"
#include "layout/files/manifest.h"
#include "model/schema.h"
#include "model/sink.h"

namespace datahaul {

// Kinds of `schema` (null: there are none) that neither `sums` nor `old` (null: nothing) has an object of get one
// without records, through `write`. Returns these. May be repeated: it always writes the same.
absl::StatusOr<ObjectSums> WriteEmptyKinds(
    const FolderSettings& settings, const ObjectHead& head, const Schema* schema, const ObjectSums& sums,
    const Manifest* old, const std::function<absl::Status(const std::string& object, std::string_view bytes)>& write);

// All objects that the end of a job, of which receipts promise `committed`, gives a name where nothing was before.
absl::StatusOr<ObjectSums> PublishedBy(const FolderSettings& settings, const ObjectHead& head,
                                       const JobContext& context);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_EMPTY_KINDS_H_

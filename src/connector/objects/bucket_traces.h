// What jobs leave in a bucket beside their output.
#ifndef DATAHAUL_CONNECTOR_OBJECTS_BUCKET_TRACES_H_
#define DATAHAUL_CONNECTOR_OBJECTS_BUCKET_TRACES_H_

#include <string>

#include "absl/status/status.h"

#include "model/object_store.h"

namespace datahaul {

// Aborts all uploads that the job has begun below `folder` and not finished, and deletes its staged slices. May be
// repeated. The claim must be the caller's, and stays.
absl::Status RemoveTraces(ObjectStore& store, const std::string& folder, const std::string& job);
// As that, of all jobs but `job`, which have no claim any more.
absl::Status RemoveTracesOfOthers(ObjectStore& store, const std::string& folder, const std::string& job);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_BUCKET_TRACES_H_

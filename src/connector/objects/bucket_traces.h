// What jobs leave in a bucket beside their output.
#ifndef DATAHAUL_CONNECTOR_OBJECTS_BUCKET_TRACES_H_
#define DATAHAUL_CONNECTOR_OBJECTS_BUCKET_TRACES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "model/object_store.h"

namespace datahaul {

// As it was at one time. Who then sees that the claim is his may remove it whenever he gets to it: nothing of a job
// that claims the folder later is among it.
struct Traces {
  std::vector<std::string> staged;   // uris of what slices have written
  std::vector<std::string> notes;    // uris of those of uploads
  std::vector<std::string> uploads;  // handles of those to what the notes name, not finished
};

// Of a job below `folder`.
absl::StatusOr<Traces> FindTraces(ObjectStore& store, const std::string& folder, const std::string& job);
// Of all other jobs.
absl::StatusOr<Traces> FindTracesOfOthers(ObjectStore& store, const std::string& folder, const std::string& job);
// May be repeated: what was left over by a crash is found again.
absl::Status Remove(ObjectStore& store, const Traces& traces);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_BUCKET_TRACES_H_

#ifndef DATAHAUL_REPORT_DATASET_OPENER_H_
#define DATAHAUL_REPORT_DATASET_OPENER_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "job/engine.h"
#include "model/object_store.h"
#include "report/dataset.h"

namespace datahaul {

// What opening needs from above this folder. All of it outlives the data sets.
struct DatasetOpener {
  Connectors* connectors = nullptr;                          // opens what can be read
  ObjectStore* store = nullptr;                              // holds outputs and manifests
  std::function<bool(std::string_view format)> is_lossless;  // are records of this --format read back as they were?
  JobSpec spec;                                              // the source's options; its address is not looked at

  // What `address` names: an export, an output folder or file, or a manifest.json.
  absl::StatusOr<Dataset> Open(const std::string& address) const;
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_DATASET_OPENER_H_

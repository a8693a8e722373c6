// Reads a source in its own order, on one thread, for as long as somebody wants more.
#ifndef DATAHAUL_REPORT_WALK_H_
#define DATAHAUL_REPORT_WALK_H_

#include <functional>

#include "absl/status/statusor.h"

#include "model/record.h"
#include "model/selection.h"
#include "model/source.h"

namespace datahaul {

// Calls `visit` with each selected record, the selection's limit included, until it returns false. A record that cannot
// be read, among those looked at, is an error.
absl::Status Walk(Source& source, const Selection& selection,
                  const std::function<absl::StatusOr<bool>(const Record&)>& visit);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_WALK_H_

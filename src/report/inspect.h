// What is in a source: namespaces, kinds, counts, fields, sizes.
#ifndef DATAHAUL_REPORT_INSPECT_H_
#define DATAHAUL_REPORT_INSPECT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "model/digest.h"
#include "model/selection.h"
#include "model/source.h"
#include "report/scan.h"
#include "schema/sketch.h"

namespace datahaul {

struct InspectOptions {
  Selection selection;
  ScanOptions scan;
  size_t fields_per_kind = 20'000;
  size_t fields_in_all = 100'000;  // for each worker
};

struct KindInspection {
  uint64_t bytes = 0;  // as stored, framing included: each record's share of what was read
  KindSketch sketch;   // leaves out fields beyond the bounds
};

struct Inspection {
  size_t fields_per_kind = 0;           // the bound that was applied
  std::unique_ptr<size_t> fields_left;  // of the bound over all kinds; the sketches below count it down
  std::map<KindName, KindInspection> kinds;
  ScanResult scan;
};

// Reads all of `source` once. Memory is bounded by the options, not by the data (apart from the number of kinds).
absl::StatusOr<Inspection> Inspect(Source& source, const InspectOptions& options);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_INSPECT_H_

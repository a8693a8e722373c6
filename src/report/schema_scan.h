// What a source's records hold, by reading it: the ground on which a schema is planned.
#ifndef DATAHAUL_REPORT_SCHEMA_SCAN_H_
#define DATAHAUL_REPORT_SCHEMA_SCAN_H_

#include "absl/status/statusor.h"

#include "model/selection.h"
#include "model/source.h"
#include "report/scan.h"
#include "schema/sketch.h"

namespace datahaul {

struct SchemaScan {
  SchemaSketch sketch;  // also of selected kinds that the source names but that have no records
  ScanResult scan;
};

absl::StatusOr<SchemaScan> ScanSchema(Source& source, const Selection& selection, const ScanOptions& options);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_SCHEMA_SCAN_H_

// A job's sketch, a row for each kind, and the schema that takes its place.
#ifndef DATAHAUL_JOB_SKETCH_ROWS_H_
#define DATAHAUL_JOB_SKETCH_ROWS_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"

#include "job/sql.h"
#include "model/schema.h"
#include "schema/sketch.h"

namespace datahaul {

// Touches only the rows of the kinds in `more`.
absl::Status AddSketch(Sql& db, int64_t job, const SchemaSketch& more);
absl::StatusOr<SchemaSketch> LoadSketch(Sql& db, int64_t job);
absl::Status DropSketch(Sql& db, int64_t job);

absl::Status StoreSchema(Sql& db, int64_t job, const Schema& schema);  // and drops the sketch
absl::StatusOr<std::optional<Schema>> LoadSchema(Sql& db, int64_t job);
absl::Status DropSchema(Sql& db, int64_t job);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SKETCH_ROWS_H_

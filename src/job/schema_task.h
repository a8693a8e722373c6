// The task between scan and write: decides on the columns of every kind.
#ifndef DATAHAUL_JOB_SCHEMA_TASK_H_
#define DATAHAUL_JOB_SCHEMA_TASK_H_

#include <optional>

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "model/schema.h"
#include "schema/sketch.h"

namespace datahaul {

// The step that ends the schema phase: the columns of what was sketched and of the selected kinds that the source names,
// with what a person should know of them as the job's notes. Depends on the arguments alone.
absl::StatusOr<Step> MakeSchema(const Job& job, SchemaSketch sketch, const std::optional<Schema>& earlier);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SCHEMA_TASK_H_

// The task between scan and write: decides on the columns of every kind.
#ifndef DATAHAUL_JOB_SCHEMA_TASK_H_
#define DATAHAUL_JOB_SCHEMA_TASK_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "model/schema.h"
#include "schema/sketch.h"

namespace datahaul {

// What becomes of the columns where they differ from an earlier schema's: option "on-drift". Additions are always made,
// and what is absent now keeps its column.
enum class OnDrift : uint8_t {
  kNone,      // there is no earlier schema: no option "against"
  kFail,      // where a difference is breaking. The default
  kAdapt,     // the columns are the new ones there
  kSetAside,  // the columns stay the earlier ones: records that don't fit them are rejects
};
std::optional<OnDrift> ParseOnDrift(std::string_view name);  // fail, adapt, set-aside
OnDrift DriftOptionOf(const JobSpec& spec);                  // kFail where the option is neither

// The step that ends the schema phase: the columns of what was sketched and of the selected kinds that the source
// names, with what a person should know of them as the job's notes. Depends on the arguments alone. `earlier` is there
// unless the job is of OnDrift::kNone.
absl::StatusOr<Step> MakeSchema(const Job& job, SchemaSketch sketch, const std::optional<Schema>& earlier);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SCHEMA_TASK_H_

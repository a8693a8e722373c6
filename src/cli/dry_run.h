// What a copy would do.
#ifndef DATAHAUL_CLI_DRY_RUN_H_
#define DATAHAUL_CLI_DRY_RUN_H_

#include "absl/status/statusor.h"

#include "cli/options.h"
#include "job/job.h"
#include "registry/registry.h"

namespace datahaul {

// From the metadata alone: nothing is scanned.
absl::StatusOr<int> DryRun(Registry& registry, const JobSpec& spec, const OutputOptions& output);

// By doing all but the writing: exact counts and output sizes.
absl::StatusOr<int> DryRunScan(Registry& registry, JobSpec spec, int workers, const OutputOptions& output);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_DRY_RUN_H_

// A spool: where the records of a source that should be read once wait until the columns are planned.
#ifndef DATAHAUL_JOB_SPOOL_H_
#define DATAHAUL_JOB_SPOOL_H_

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "model/receipt.h"
#include "model/source.h"

namespace datahaul {

// What the spool of `job`, all of whose scan tasks are done, holds of each kind. INTERNAL if that is not all that was
// read, but for what was filtered and rejected.
absl::StatusOr<Counters> CountSpooled(const Job& job);

// Adds to the step that ends the schema phase of `job` what makes the job go on from the spool, whose source `spool`
// is: the write tasks, one for each scan task, and a snapshot that opens it. All else of the snapshot stays as the
// source of the job has it.
absl::Status TurnToSpool(const Job& job, Source& spool, Step* step);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SPOOL_H_

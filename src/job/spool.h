// A spool: where the records of a source that should be read once wait until the columns are planned.
#ifndef DATAHAUL_JOB_SPOOL_H_
#define DATAHAUL_JOB_SPOOL_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "job/engine.h"
#include "job/job_store.h"
#include "model/sink.h"
#include "model/source.h"

namespace datahaul {

// The spool of one job, as one process works on it: the sink of the scan tasks, then the source of the write tasks. Its
// sink is opened on first use. In contexts, `committed` are the spool's own extents. Not safe for concurrent use, apart
// from sink().
class Spool {
 public:
  // `connectors` and `spec`, the job's, must outlive it.
  Spool(Connectors* connectors, const JobSpec* spec, std::string job)
      : connectors_(*connectors), spec_(*spec), job_(std::move(job)) {}

  absl::Status Prepare(const JobContext& context);
  Sink& sink() { return *sink_; }  // once Prepare has succeeded, until Release
  // Nobody writes to it any more: its files need not stay open.
  void Release() { sink_.reset(); }
  // Of a spool that is whole.
  absl::StatusOr<std::unique_ptr<Source>> OpenSource() const;

  // The spool of `job`, all of whose scan tasks are done, is made whole, and to `step`, which ends the schema phase, is
  // added what makes the job go on from it: the write tasks, one for each scan task, and a snapshot that opens it; all
  // else of the snapshot stays as the source has it. INTERNAL if it does not hold all that was read, but for what was
  // filtered and rejected.
  absl::Status MakeWhole(const Job& job, JobContext context, Step* step);
  // Once the job's output is published. Whatever stands in the way, the job hasn't failed.
  absl::Status RemoveUsed(JobContext context);
  // Of a job that has failed or was cancelled, in whichever phase.
  absl::Status Discard(const Job& job, JobContext context);

 private:
  absl::Status Open();
  absl::Status Remove(JobContext context);

  Connectors& connectors_;
  const JobSpec& spec_;
  const std::string job_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SPOOL_H_

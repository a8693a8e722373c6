// One worker: takes tasks of a job and works them, a step at a time.
#ifndef DATAHAUL_JOB_WORKER_H_
#define DATAHAUL_JOB_WORKER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "job/job_run.h"
#include "job/scan_slice.h"
#include "job/slice.h"
#include "model/digest.h"

namespace datahaul {

// A slice is worked from source to sink by one worker. Not safe for concurrent use. Destroyed in the middle of a task,
// it leaves the lease to expire, as a killed process does.
class Worker {
 public:
  enum class Progress {
    kWorked,
    kWaiting,  // for a task, a CPU or its turn: nothing was done; try again after the run's next change
    kDone,     // the job has ended for this process
  };

  // `name` is "PROCESS/THREAD"; `run` must outlive the worker.
  Worker(JobRun* run, std::string name);
  ~Worker();

  // Does the next piece of work: at most one call of the source, sink or store that takes long.
  Progress Step();

 private:
  // The life of a task. Planning: kPlan, kPrepare, kAdvance. A scan task: kPrepare where need be, kOpen, then for each
  // slice kScan…, kAdvance. The schema: kSchema, kAdvance. A write task, and a scan task that fills a spool: kPrepare
  // where need be, kOpen, then for each slice kRead…, kFinish, kPlace, kCommit, kAdvance. Closing: kClose, kAdvance.
  enum class Stage { kIdle, kPlan, kPrepare, kOpen, kScan, kSchema, kRead, kFinish, kPlace, kCommit, kAdvance, kClose };

  absl::StatusOr<Progress> Work();
  Progress TakeTask();
  absl::Status Plan();
  absl::Status Prepare();
  absl::Status Open();
  absl::StatusOr<Progress> Scan();
  absl::Status PlanSchema();
  absl::StatusOr<Progress> Read();
  absl::Status ReadBatch(bool* end);
  absl::Status Finish();
  absl::StatusOr<Progress> Place();
  absl::Status Commit();
  absl::StatusOr<Progress> Advance();
  void AfterAdvance();
  absl::Status Close();

  bool HasCpu() { return has_cpu_ || (has_cpu_ = run_->TakeCpu()); }
  void BeginSlice();
  void EndTask();
  void DropWork();
  void ReturnCpu();

  JobRun* const run_;
  const std::string name_;
  Stage stage_ = Stage::kIdle;
  std::optional<TaskLease> lease_;
  datahaul::Step step_;  // what the current stage's Advance will say

  std::unique_ptr<Reader> reader_;
  RecordBatch batch_;
  bool batch_pending_ = false;  // batch_ belongs to the slice that comes next
  std::optional<ScanSlice> scan_;
  std::optional<Slice> slice_;
  bool has_cpu_ = false;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_WORKER_H_

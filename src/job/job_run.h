// One job as one process works on it: what its workers share.
#ifndef DATAHAUL_JOB_JOB_RUN_H_
#define DATAHAUL_JOB_JOB_RUN_H_

#include <condition_variable>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "base/random.h"
#include "job/engine.h"
#include "job/job_store.h"
#include "job/plan.h"
#include "job/slice.h"
#include "job/spool.h"
#include "job/turns.h"

namespace datahaul {

// Nothing here blocks other than the store, the source and the sink: who must wait is told so and tries again after the
// next change. That is what lets a simulation interleave workers on one thread; the engine's threads sleep in
// WaitForChange. Safe for concurrent use, apart from what says otherwise.
//
// The sink is prepared by the first worker that takes a scan task, and by the first that takes a write task, while it
// is the only one at work; the others follow. After a fault in a phase that is in order, and whenever another process
// may have worked on the job meanwhile, that starts over: no task is taken until the last one is given up, then the
// next worker prepares the sink again.
class JobRun {
 public:
  // `job` is not over. The pointers must outlive the run. options.process and .workers are set.
  JobRun(JobStore* store, Connectors* connectors, Clock* clock, const EngineOptions& options, const Job& job);
  JobRun(const JobRun&) = delete;
  JobRun& operator=(const JobRun&) = delete;

  const std::string& id() const { return id_; }
  const JobSpec& spec() const { return spec_; }

  // ---- Tasks. A worker holds one at a time, until it was advanced to done or is passed to GiveBack or Fault; by then
  // the worker's Writer must be gone.

  // Nothing if there is none now. Faults of the store are waited out, for a while.
  std::optional<TaskLease> Take(const std::string& worker);
  // True if the work on a task is void, or nobody wants it any more: give it back.
  bool MustGiveUp(const TaskLease& lease) const;
  // True if the task's next slice should be left to later, because the sink must be prepared first.
  bool MustPause(const TaskLease& lease) const;
  // `first_reject` is the reason of the step's first reject, "" if it has none. Too many rejects end the job.
  absl::Status Advance(TaskLease* lease, const Step& step, const std::string& first_reject);
  void GiveBack(const TaskLease& lease);
  // Whether the task is tried again, or the job ends, follows from `why`.
  void Fault(const TaskLease& lease, const absl::Status& why);
  void RenewLeases();

  // ---- The job's two ends. Opened by a worker that is alone at work, for what `phase` does with them; valid once
  // OpenEnds has succeeded. A spool is the sink of scan tasks, and the source of write tasks.

  absl::Status OpenEnds(Phase phase);
  Source& source() { return *source_; }
  Sink& SinkOf(Phase phase) { return phase == Phase::kScan ? spool_.sink() : *sink_; }
  Slice::Pass PassOf(Phase phase) const;
  const Snapshot& snapshot() const { return snapshot_; }  // once planned, or prepared
  bool MustPrepare(const TaskLease& lease) const;
  // Claims the destination and cuts off what no receipt speaks of. `planned` is null but for the plan task. Not at once
  // with any other work on the job.
  absl::Status Prepare(TaskLease* lease, const Snapshot* planned);
  // The steps of the plan task and of the schema task, which closes the spool.
  absl::StatusOr<Step> MakePlan();
  absl::StatusOr<Step> PlanSchema(TaskLease* lease);
  // With the job's schema from when the sink is prepared to write, if it needs one.
  const Slice::Columns& columns() const { return columns_; }
  // Before the first slice that a worker writes of a task which was begun before.
  absl::Status Continue(const TaskLease& lease);
  absl::Status Close(TaskLease* lease, Step* step);
  // How many more records the selection's limit lets the task's phase take; Slice::kNoLimit without one.
  uint64_t Room(const TaskLease& lease) const;
  ScanSize scan_size() const { return ScanSizeOf(snapshot_, options_.scan_bytes); }

  // ---- Order and CPUs

  Turn ToPlace(const TaskLease& lease) const;
  void PlacedAll(const TaskLease& lease);
  Turn ToAdvance(const TaskLease& lease) const;
  bool TakeCpu();
  void ReturnCpu();

  // ---- The end

  void Stop();   // leaves the job resumable
  void Drain();  // leaves the job to others: takes no more tasks, and gives back those at work after their slices
  bool holds_tasks() const;
  void Cancel();  // as asked for in the store
  // Before any work on a job that is being cancelled. If it may have replaced a part of what was there, it is closed
  // first, and cancelled only if that fails.
  absl::Status BeginCancelled(const Job& job);
  // Takes note of what others did to the job: cancelled, finished, parked it.
  void Observe(const Job& job);
  bool ended() const;
  // Requested once the work is of no use to anybody: the job was stopped or cancelled, or has failed.
  std::stop_token stop() const { return stop_.get_token(); }
  // Once no worker is left: stores how the job ended, removes the output of a failed or cancelled one, and returns what
  // the store then says of it.
  absl::StatusOr<Job> Conclude();
  // Removes all that a failed or cancelled job has left at its destination.
  absl::Status Discard(const Job& job);

  uint64_t changes() const;
  // Returns once changes() != seen, or after `most`.
  void WaitForChange(uint64_t seen, Micros most);

 private:
  struct Held {
    TaskLease lease;
    bool prepares = false;  // the worker must prepare the sink: nobody else is at work
    bool lost = false;
  };
  // What the sink is prepared for: a phase, and an epoch.
  struct Prepared {
    Phase phase = Phase::kWrite;
    uint64_t epoch = 0;
  };
  struct Verdict {
    JobState state;
    absl::Status why;
  };

  bool MayTake() const;
  bool IsPoison(const TaskLease& lease);
  bool Register(const TaskLease& lease);
  void Leave(const TaskLease& lease, bool before_end);
  void EndFor(const TaskLease& lease, const absl::Status& why);
  void Heed(const TaskKey& task, const absl::Status& answer);
  void Count(const Step& step, const std::string& first_reject);
  void KeepSchema(Job* job);
  absl::StatusOr<uint64_t> CountSketched();
  // Without `may_cancel`, that the job is being cancelled is no error, and changes nothing.
  absl::Status RenewInTime(TaskLease* lease, bool may_cancel);
  absl::Status OpenSource(Phase phase);
  void End(JobState state, absl::Status why);
  void StoreFault(const absl::Status& why);
  Micros Backoff(uint32_t attempt);
  absl::Status FinishInStore();
  JobContext Context() const;

  // mutex_ held:
  bool FollowsOurs(const TaskLease& lease) const;
  bool FitsIn(const TaskLease& lease) const;
  bool IsPreparedFor(const TaskLease& lease) const;
  bool InOrder(const TaskLease& lease) const;
  void Changed();
  bool Ended() const { return closed_ || verdict_.has_value(); }

  JobStore* const store_;
  Connectors* const connectors_;
  Clock* const clock_;
  const EngineOptions options_;
  const std::string id_;
  const JobSpec spec_;

  std::optional<const Schema> schema_;  // set once: the sink and its writers hold on to it
  Slice::Columns columns_;
  std::unique_ptr<Source> source_;
  bool reads_spool_ = false;  // source_ is the spool's
  std::unique_ptr<Sink> sink_;
  Spool spool_;
  bool ordered_ = false;
  size_t most_held_ = std::numeric_limits<size_t>::max();  // tasks at once in this process
  Snapshot snapshot_;

  std::stop_source stop_;

  std::mutex taking_;  // tasks are registered in the order in which the store hands them out; taken before mutex_
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t changes_ = 0;
  std::map<TaskKey, Held> held_;
  std::optional<Prepared> prepared_;
  Turns turns_;
  int free_cpus_;
  Tally total_;            // of the job, as far as this process knows: all of an ordered one
  uint64_t sketched_ = 0;  // records; likewise, with a limit
  std::string first_reject_;
  int store_faults_ = 0;  // in a row
  Random jitter_;
  bool closed_ = false;
  bool draining_ = false;
  std::optional<Verdict> verdict_;  // the first one stands
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_JOB_RUN_H_

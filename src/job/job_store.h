// Durable job state. Every call is one transaction; the only coordination between workers.
#ifndef DATAHAUL_JOB_JOB_STORE_H_
#define DATAHAUL_JOB_JOB_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "job/job.h"
#include "schema/sketch.h"

namespace datahaul {

// What a worker leases: planning, a shard's slices to scan or to write, the schema, closing.
struct Task {
  uint64_t seq = 0;  // order within the phase = output order; unique within job and phase
  Phase phase = Phase::kPlan;
  Partition partition;    // kScan and kWrite only
  Cursor cursor;          // resume after this
  uint64_t slice = 0;     // index of the next slice
  uint32_t attempts = 0;  // failed or deserted attempts so far; reset by every Advance
};

// The right to work a task until `expires`. Void from then on, and once the task is leased again with a higher fence.
struct TaskLease {
  std::string job;
  Task task;
  std::string worker;
  Fence fence = 0;
  Micros expires = 0;
  // Rises whenever another process than before takes up the job while the job belongs to one process at a time. Who
  // meets a new epoch must not rely on what it knew of the destination.
  uint64_t epoch = 0;
  // In a phase that is in order: the open task just before this one. Whoever does not work on it must not work on this
  // one: it is out of order, since the answer that gave the other away, or back, was lost.
  std::optional<uint64_t> follows;
};

struct AcquireOptions {
  std::string job;     // only this job; "" = any, the oldest first
  std::string worker;  // unique for each thread; "PROCESS/THREAD", PROCESS unique for each process
  Micros ttl = 0;
  std::string program;  // and its version: while others hold leases in a job, only their equals are given more
};

struct ChooseOptions {
  std::vector<std::string> queues;
  std::string host;                 // jobs that need another are passed over
  std::string program;              // as for Acquire
  std::vector<std::string> except;  // jobs to pass over
  bool serve = true;                // the caller turns to the job now; false: only asks
};

// One step forward: all of it or nothing.
struct Step {
  Cursor cursor;                     // where the task now stands
  std::optional<Receipt> receipt;    // rolled up into the job's extents
  Digests digests;                   // of what the receipt covers; added to the job's
  Counters counters;                 // added to the job's
  SchemaSketch sketch;               // merged into the job's
  std::optional<Schema> schema;      // becomes the job's, whose sketch is dropped
  std::optional<Snapshot> snapshot;  // replaces the job's: set by planning, its notes completed by closing
  std::vector<Task> children;        // planning: tasks of the phases up to closing; schema: of writing from a spool
  bool drops_receipts = false;       // what extents and digests the job has so far is of a spool that is whole
  bool ordered = false;              // planning only: one process at a time, and the write phase is in order
  bool ordered_scan = false;         // planning only, with `ordered`: the scan phase is in order too
  bool done = false;                 // the task is finished
  bool ends_phase = false;           // with done: so is the phase; the tasks left in it are not needed
};

// Safe for concurrent use, also by several processes; a call of one store may wait for another. Times come from the
// store's clock.
//
// A lease that is stale (expired, acquired by somebody else, or void because its job was finished) gets ABORTED.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // The same request id gives the same job again ("" never does). The job survives a power cut once this has returned.
  virtual absl::StatusOr<std::string> Submit(const JobSpec& spec, std::string_view request_id) = 0;
  // `job` may be shortened as long as it is unambiguous. NOT_FOUND names it and how to list the jobs.
  virtual absl::StatusOr<Job> Get(std::string_view job) = 0;
  // Newest first. Digests and schemas are left out, and counters.kinds holds nothing but the total, under an empty
  // name.
  virtual absl::StatusOr<std::vector<Job>> List() = 0;

  // The open task with the lowest seq whose back-off is over and whose lease is free or expired, of the job's current
  // phase; nothing if there is none now. In a job that is shared, a task that another call touches just now may be
  // passed by. A job moves to its next phase that has tasks when the last task of one is
  // done. In a phase that is in order, tasks are handed out strictly by seq (one in back-off holds up the others). An
  // ordered job hands out none while another process (the part of `worker` before '/') holds an unexpired lease in it.
  // A worker holds one lease of a job at a time: what it still held is free again. A lease that expired counts as an
  // attempt.
  virtual absl::StatusOr<std::optional<TaskLease>> Acquire(const AcquireOptions& options) = 0;
  // The job that a process which serves queues should turn to: of those with a task for it now, the one in which fewest
  // leases are held, then the one that was chosen longest ago. Nothing if there is none.
  virtual absl::StatusOr<std::optional<std::string>> Choose(const ChooseOptions& options) = 0;
  // Returns when one of the queues may have got work, or after `most`.
  virtual void WaitForWork(const std::vector<std::string>& queues, Micros most) = 0;
  // Extends the lease (updates *lease). Also how a worker learns of cancellation: CANCELLED (the lease is extended).
  virtual absl::Status Renew(TaskLease* lease, Micros ttl) = 0;
  // With !step.done the lease stays; task.cursor and task.slice move on (updates *lease). In a phase that is in order
  // the task with the lowest seq advances; others get ABORTED, as does a lease that stands at another slice than the
  // store. CANCELLED after Cancel, except for the close task: by then the output is published.
  virtual absl::Status Advance(TaskLease* lease, const Step& step) = 0;
  // Gives the task up after a fault: it can be acquired again after `delay`; counts an attempt if `failed`.
  virtual absl::Status GiveBack(const TaskLease& lease, bool failed, Micros delay) = 0;

  // All extents that receipts promised so far, joined where they adjoin, by object then offset.
  virtual absl::StatusOr<std::vector<Extent>> Committed(std::string_view job) = 0;
  // All that was sketched so far; nothing once the job has its schema.
  virtual absl::StatusOr<SchemaSketch> Sketch(std::string_view job) = 0;

  // Ends a job (kFailed, kCancelled; kSucceeded is only reached by advancing the close task to done) or parks it
  // (kInterrupted), and voids the leases of all its tasks. ABORTED while another process than `process` holds an
  // unexpired lease in it, and when it has ended or is parked already: who was overtaken has no say.
  virtual absl::Status Finish(std::string_view job, std::string_view process, JobState state,
                              const absl::Status& why) = 0;
  // Frees what processes that are known to be dead hold in the job; each lease counts as an attempt. While another
  // process holds a lease, and for jobs that have ended: an error for a person, which says so.
  virtual absl::Status Reclaim(std::string_view job) = 0;
  // As Reclaim; then makes the job workable again if it was interrupted, and forgets failed attempts and back-offs.
  virtual absl::Status Resume(std::string_view job) = 0;
  // Asks for cancellation; a worker carries it out. A job that has ended can't be cancelled.
  virtual absl::Status Cancel(std::string_view job) = 0;
  virtual absl::Status Remove(std::string_view job) = 0;  // gc: jobs that have ended only

  // At most so many leases at once in all jobs of a queue; 0: no limit.
  virtual absl::Status LimitQueue(std::string_view queue, uint64_t most_leases) = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_JOB_STORE_H_

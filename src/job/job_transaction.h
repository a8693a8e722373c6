// What the calls of a job store do inside one transaction, whichever database it is on.
#ifndef DATAHAUL_JOB_JOB_TRANSACTION_H_
#define DATAHAUL_JOB_JOB_TRANSACTION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "job/sql.h"

namespace datahaul {

// Columns of a job that every call needs.
struct JobRow {
  int64_t key = 0;
  std::string id;
  JobState state = JobState::kQueued;
  Phase phase = Phase::kPlan;
  bool ordered = false;
  bool ordered_scan = false;
  bool cancel_requested = false;
  std::string holder;  // the process that took up work last
  uint64_t epoch = 0;
  std::string program;  // that took up work last
  std::string queue;
  uint64_t most_leases = 0;

  bool workable() const { return state == JobState::kQueued || state == JobState::kRunning; }
  // Only one process at a time may work on it. While it is being planned, nobody knows yet that it may be shared.
  bool exclusive() const { return phase == Phase::kPlan || ordered; }
  // The tasks of its phase are handed out, and advance, strictly by seq.
  bool in_order() const { return (phase == Phase::kWrite && ordered) || (phase == Phase::kScan && ordered_scan); }
};

// One transaction's view of the job store. Each function is a call of JobStore without its commit.
//
// Locks, where the database has them on rows: who plans, finishes, resumes or removes a job holds its row alone
// (FOR UPDATE); who scans keeps others from that and from scanning (FOR NO KEY UPDATE); who takes a task of a job that
// is shared, and passes by those that others are just taking, or has written one to its end, only keeps it from being
// finished (FOR KEY SHARE). A task's row is locked after its job's. Its lock is enough for a step in the middle of
// writing: who finishes the job takes all leases away.
//
// A step that may be the last of its phase locks the job alone. It is not the last if, once it holds the job's row,
// nobody holds some other task: whoever does that one to its end waits for this step if it may be the last itself.
class JobTransaction {
 public:
  using IsGone = std::function<bool(std::string_view process)>;
  struct Advanced {
    bool needs_lock = false;           // nothing was done: once more, with the job locked
    std::optional<std::string> queue;  // the job's, if a phase has ended, so that there may be work for others
  };

  // All must outlive it.
  JobTransaction(Sql& db, const IsGone& is_gone) : db_(db), is_gone_(is_gone) {}

  absl::StatusOr<std::string> Submit(const JobSpec& spec, std::string_view request_id);
  absl::StatusOr<Job> Get(std::string_view id);
  absl::StatusOr<std::vector<Job>> List();
  absl::StatusOr<std::vector<Extent>> Committed(std::string_view id);
  absl::StatusOr<SchemaSketch> Sketch(std::string_view id);

  absl::StatusOr<std::optional<TaskLease>> Acquire(const AcquireOptions& options);
  absl::StatusOr<std::optional<std::string>> Choose(const ChooseOptions& options);
  absl::StatusOr<bool> Renew(const TaskLease& lease, Micros ttl);  // whether the job is being cancelled
  // `alone`: the job is locked, as it must be for the last step of a phase. Otherwise nothing may have been done, for
  // want of that.
  absl::StatusOr<Advanced> Advance(const TaskLease& lease, const Step& step, bool alone);
  absl::Status GiveBack(const TaskLease& lease, bool failed, Micros delay);

  absl::Status Finish(std::string_view id, std::string_view process, JobState state, const absl::Status& why);
  absl::Status Reclaim(std::string_view id);
  absl::StatusOr<std::string> Resume(std::string_view id);  // the job's queue
  absl::Status Cancel(std::string_view id);
  absl::Status Remove(std::string_view id);
  // Ends the job here because it goes on in the store called `to`; returns its whole id. May be repeated.
  absl::StatusOr<std::string> Depart(std::string_view id, std::string_view to);
  absl::Status LimitQueue(std::string_view queue, uint64_t most_leases);

 private:
  enum class Lock : uint8_t { kNone, kShared, kAdvance, kAlone };

  absl::Status InsertJob(const std::string& id, const JobSpec& spec, std::string_view request_id);
  Query AskFor(std::string_view id, Lock lock);                    // a JobRow, by the whole id
  absl::StatusOr<JobRow> Find(std::string_view id, Lock lock);     // likewise
  absl::StatusOr<JobRow> Resolve(std::string_view id, Lock lock);  // the id or an unambiguous beginning of it

  absl::StatusOr<std::vector<std::string>> WorkableJobs(const std::string& only);
  absl::StatusOr<std::optional<TaskLease>> AcquireIn(const std::string& id, const AcquireOptions& options);
  // `next`: NextTask(job), if it was asked for already.
  absl::StatusOr<std::optional<TaskLease>> AcquireFrom(JobRow job, std::optional<Query> next,
                                                       const AcquireOptions& options);
  absl::StatusOr<bool> HeldByAnother(const JobRow& job, std::string_view process);
  absl::StatusOr<bool> HasFreeTask(const JobRow& job);
  absl::StatusOr<bool> LimitReached(const JobRow& job);
  Query NextTask(const JobRow& job);
  absl::StatusOr<std::optional<TaskLease>> ReadTask(Query& query, const JobRow& job);
  absl::StatusOr<std::optional<uint64_t>> OpenTaskBefore(const JobRow& job, uint64_t seq);
  absl::Status StoreLease(const JobRow& job, const TaskLease& lease);
  absl::Status TakeUp(JobRow& job, const AcquireOptions& options);

  struct Leased {
    JobRow job;
    bool others_free = false;  // of its phase, tasks that nobody holds
  };
  absl::StatusOr<Leased> FindLeased(const TaskLease& lease, Lock lock, bool to_advance);
  absl::Status CheckTurn(const JobRow& job, const TaskLease& lease);
  absl::Status MoveTask(const JobRow& job, const TaskLease& lease, const Step& step);
  absl::Status StorePlan(const JobRow& job, const Step& step);
  absl::Status InsertTask(int64_t job, const Task& task);
  absl::StatusOr<bool> EndPhaseIfDone(const JobRow& job, bool drop_rest);
  absl::Status CheckHoldersAreGone(const JobRow& job);
  absl::Status VoidLeases(const JobRow& job);

  Sql& db_;
  const IsGone& is_gone_;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_JOB_TRANSACTION_H_

#include "job/sqlite_job_store.h"

#include <mutex>
#include <random>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/time/time.h"

#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "job/blob_codec.h"
#include "job/roll_up.h"
#include "job/sketch_rows.h"
#include "job/sqlite.h"
#include "job/sqlite_schema.h"

namespace datahaul {
namespace {

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

  bool workable() const { return state == JobState::kQueued || state == JobState::kRunning; }
  // Only one process at a time may work on it. While it is being planned, nobody knows yet that it may be shared.
  bool exclusive() const { return phase == Phase::kPlan || ordered; }
  // The tasks of its phase are handed out, and advance, strictly by seq.
  bool in_order() const { return (phase == Phase::kWrite && ordered) || (phase == Phase::kScan && ordered_scan); }
};

// What JobOf() reads.
constexpr char kJobColumns[] =
    "SELECT key, id, state, phase, spec, error, error_retry, created, updated, finished, shards, shards_done, "
    "bytes_total, "
    "cancel_requested FROM jobs ";

class SqliteJobStore final : public JobStore {
 public:
  SqliteJobStore(std::unique_ptr<Sqlite> db, Clock* clock, std::function<bool(std::string_view)> is_gone)
      : db_owner_(std::move(db)), db_(*db_owner_), clock_(clock), is_gone_(std::move(is_gone)), random_(Seed()) {}

  absl::StatusOr<std::string> Submit(const JobSpec& spec, std::string_view request_id) override;
  absl::StatusOr<Job> Get(std::string_view job) override;
  absl::StatusOr<std::vector<Job>> List() override;
  absl::StatusOr<std::optional<TaskLease>> Acquire(const AcquireOptions& options) override;
  absl::Status Renew(TaskLease* lease, Micros ttl) override;
  absl::Status Advance(TaskLease* lease, const Step& step) override;
  absl::Status GiveBack(const TaskLease& lease, bool failed, Micros delay) override;
  absl::StatusOr<std::vector<Extent>> Committed(std::string_view job) override;
  absl::StatusOr<SchemaSketch> Sketch(std::string_view job) override;
  absl::Status Finish(std::string_view job, std::string_view process, JobState state, const absl::Status& why) override;
  absl::Status Reclaim(std::string_view job) override;
  absl::Status Resume(std::string_view job) override;
  absl::Status Cancel(std::string_view job) override;
  absl::Status Remove(std::string_view job) override;

 private:
  static uint64_t Seed() {
    std::random_device device;
    return static_cast<uint64_t>(device()) << 32 | device();
  }

  // All private functions: mutex_ held, and a transaction open where they write, but for this one. Once it has
  // returned, what was committed before survives a power cut.
  absl::Status MakeDurable();
  std::string NewId(Micros now);
  absl::Status InsertJob(const std::string& id, const JobSpec& spec, std::string_view request_id, Micros now);
  absl::StatusOr<JobRow> Find(std::string_view id);     // the whole id
  absl::StatusOr<JobRow> Resolve(std::string_view id);  // the id or an unambiguous beginning of it

  absl::StatusOr<std::vector<std::string>> WorkableJobs(const std::string& only);
  absl::Status FreeOtherLeases(const JobRow& job, std::string_view worker);
  absl::StatusOr<bool> HeldByAnother(const JobRow& job, std::string_view process, Micros now);
  absl::StatusOr<std::optional<TaskLease>> NextTask(const JobRow& job, Micros now);
  absl::Status StoreLease(const JobRow& job, const TaskLease& lease);
  absl::Status TakeUp(JobRow& job, std::string_view process, Micros now);
  absl::StatusOr<std::optional<TaskLease>> AcquireFrom(JobRow job, const AcquireOptions& options, Micros now);

  absl::StatusOr<JobRow> FindLeased(const TaskLease& lease, Micros now);
  absl::Status CheckTurn(const JobRow& job, const TaskLease& lease);
  absl::Status MoveTask(const JobRow& job, const TaskLease& lease, const Step& step);
  absl::Status StorePlan(const JobRow& job, const Step& step);
  absl::Status InsertTask(int64_t job, const Task& task);
  absl::Status EndPhaseIfDone(const JobRow& job, bool drop_rest, Micros now);
  absl::Status CheckHoldersAreGone(const JobRow& job, Micros now);
  absl::Status VoidLeases(const JobRow& job);
  absl::Status DeleteRows(int64_t job);

  std::mutex mutex_;
  const std::unique_ptr<Sqlite> db_owner_;
  Sqlite& db_;
  Clock* const clock_;
  const std::function<bool(std::string_view)> is_gone_;
  Random random_;
};

absl::Status StaleLease(const TaskLease& lease, std::string_view why) {
  return absl::AbortedError(StrCat("working on job ", lease.job, ": the lease of ", ToString(lease.task.phase),
                                   " task ", lease.task.seq, " is void: ", why));
}

absl::Status HasEnded(const JobRow& job) {
  return HumanError(StrCat("job ", job.id, " is over (", ToString(job.state), "); submit it anew if need be"));
}

absl::StatusOr<Job> JobOf(const Query& row) {
  Job job;
  job.id = row.Text(1);
  job.state = static_cast<JobState>(row.Int(2));
  job.phase = static_cast<Phase>(row.Int(3));
  DH_ASSIGN_OR_RETURN(job.spec, DecodeSpec(row.Text(4)));
  job.error = row.Text(5);
  job.error_retry = static_cast<uint8_t>(row.Int(6));
  job.created = row.Int(7);
  job.updated = row.Int(8);
  job.finished = row.Int(9);
  job.shards = row.Uint(10);
  job.shards_done = row.Uint(11);
  job.bytes_total = row.Uint(12);
  job.cancel_requested = row.Int(13) != 0;
  return job;
}

absl::StatusOr<Snapshot> LoadSnapshot(Sqlite& db, int64_t job) {
  Query query(db, "SELECT snapshot FROM jobs WHERE key = ?", job);
  query.Next();
  DH_RETURN_IF_ERROR(query.status());
  return DecodeSnapshot(query.Text(0));
}

// ---- jobs

std::string SqliteJobStore::NewId(Micros now) {
  constexpr std::string_view kDigits = "23456789abcdefghjkmnpqrstuvwxyz";  // none that looks like another
  std::string id = absl::FormatTime("%Y%m%d-%H%M%S-", absl::FromUnixMicros(now), absl::UTCTimeZone());
  for (int i = 0; i < 4; ++i) id += kDigits[random_.Below(kDigits.size())];
  return id;
}

absl::Status SqliteJobStore::InsertJob(const std::string& id, const JobSpec& spec, std::string_view request_id,
                                       Micros now) {
  const std::string spec_blob = EncodeSpec(spec), snapshot_blob = EncodeSnapshot({});
  DH_RETURN_IF_ERROR(
      db_.Run("INSERT INTO jobs(id, request, state, phase, source, sink, command, spec, snapshot, created, updated) "
              "VALUES(?1, nullif(?2, ''), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
              id, request_id, JobState::kQueued, Phase::kPlan, spec.source, spec.sink, spec.command, Blob{spec_blob},
              Blob{snapshot_blob}, now));
  DH_ASSIGN_OR_RETURN(const JobRow job, Find(id));
  return InsertTask(job.key, Task{.phase = Phase::kPlan});
}

absl::StatusOr<std::string> SqliteJobStore::Submit(const JobSpec& spec, std::string_view request_id) {
  std::lock_guard lock(mutex_);
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  {
    Query known(db_, "SELECT id FROM jobs WHERE request = nullif(?, '')", request_id);
    if (known.Next()) return std::string(known.Text(0));
    DH_RETURN_IF_ERROR(known.status());
  }
  const Micros now = clock_->Now();
  std::string id;
  do {
    id = NewId(now);
  } while (Find(id).ok());
  DH_RETURN_IF_ERROR(InsertJob(id, spec, request_id, now));
  DH_RETURN_IF_ERROR(transaction.Commit());
  DH_RETURN_IF_ERROR(MakeDurable());  // a promise to a person, unlike steps, which can be done again
  return id;
}

absl::Status SqliteJobStore::MakeDurable() {
  DH_RETURN_IF_ERROR(db_.Execute("PRAGMA synchronous = FULL"));
  const auto lazy_again = absl::MakeCleanup([this] { (void)db_.Execute("PRAGMA synchronous = NORMAL"); });
  // Any write will do: the log is synced as a whole.
  return db_.Run("UPDATE jobs SET updated = updated WHERE key = (SELECT max(key) FROM jobs)");
}

absl::StatusOr<JobRow> SqliteJobStore::Find(std::string_view id) {
  Query query(
      db_,
      "SELECT key, id, state, phase, ordered, cancel_requested, holder, epoch, ordered_scan FROM jobs WHERE id = ?",
      id);
  if (!query.Next()) {
    DH_RETURN_IF_ERROR(query.status());
    return absl::NotFoundError(StrCat("there is no job ", id, "; `datahaul jobs list` shows all"));
  }
  JobRow job;
  job.key = query.Int(0);
  job.id = query.Text(1);
  job.state = static_cast<JobState>(query.Int(2));
  job.phase = static_cast<Phase>(query.Int(3));
  job.ordered = query.Int(4) != 0;
  job.cancel_requested = query.Int(5) != 0;
  job.holder = query.Text(6);
  job.epoch = query.Uint(7);
  job.ordered_scan = query.Int(8) != 0;
  return job;
}

absl::StatusOr<JobRow> SqliteJobStore::Resolve(std::string_view id) {
  absl::StatusOr<JobRow> exact = Find(id);
  if (exact.ok() || id.empty()) return exact;
  std::vector<std::string> ids;
  {
    Query query(db_, "SELECT id FROM jobs WHERE id > ?1 AND substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 2", id);
    while (query.Next()) ids.emplace_back(query.Text(0));
    DH_RETURN_IF_ERROR(query.status());
  }
  if (ids.size() == 1) return Find(ids[0]);
  if (ids.empty()) return exact;
  return UsageError(StrCat("job ", id, " could be ", ids[0], " or ", ids[1], "; give more of its id"));
}

absl::StatusOr<Job> SqliteJobStore::Get(std::string_view id) {
  static const std::string& sql = *new std::string(StrCat(kJobColumns, "WHERE key = ?"));
  std::lock_guard lock(mutex_);
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.BeginRead());
  DH_ASSIGN_OR_RETURN(const JobRow row, Resolve(id));
  Query query(db_, sql, row.key);
  query.Next();
  DH_RETURN_IF_ERROR(query.status());
  DH_ASSIGN_OR_RETURN(Job job, JobOf(query));
  DH_ASSIGN_OR_RETURN(job.snapshot, LoadSnapshot(db_, row.key));
  DH_RETURN_IF_ERROR(LoadKinds(db_, row.key, &job.counters, &job.digests));
  DH_RETURN_IF_ERROR(LoadNamed(db_, row.key, &job.counters));
  DH_ASSIGN_OR_RETURN(job.schema, LoadSchema(db_, row.key));
  return job;
}

absl::StatusOr<std::vector<Job>> SqliteJobStore::List() {
  static const std::string& sql = *new std::string(StrCat(kJobColumns, "ORDER BY key DESC"));
  std::lock_guard lock(mutex_);
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.BeginRead());
  Query query(db_, sql);
  std::vector<Job> jobs;
  while (query.Next()) {
    DH_ASSIGN_OR_RETURN(Job job, JobOf(query));
    DH_RETURN_IF_ERROR(LoadTotal(db_, query.Int(0), &job.counters));
    DH_RETURN_IF_ERROR(LoadNamed(db_, query.Int(0), &job.counters));
    jobs.push_back(std::move(job));
  }
  DH_RETURN_IF_ERROR(query.status());
  return jobs;
}

absl::StatusOr<std::vector<Extent>> SqliteJobStore::Committed(std::string_view id) {
  std::lock_guard lock(mutex_);
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id));
  return LoadExtents(db_, job.key);
}

absl::StatusOr<SchemaSketch> SqliteJobStore::Sketch(std::string_view id) {
  std::lock_guard lock(mutex_);
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.BeginRead());
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id));
  return LoadSketch(db_, job.key);
}

// ---- leases

absl::StatusOr<std::vector<std::string>> SqliteJobStore::WorkableJobs(const std::string& only) {
  std::vector<std::string> jobs;
  if (!only.empty()) {
    jobs.push_back(only);
    return jobs;
  }
  Query query(db_, "SELECT id FROM jobs WHERE state <= 1 ORDER BY key");
  while (query.Next()) jobs.emplace_back(query.Text(0));
  DH_RETURN_IF_ERROR(query.status());
  return jobs;
}

absl::StatusOr<std::optional<TaskLease>> SqliteJobStore::Acquire(const AcquireOptions& options) {
  std::lock_guard lock(mutex_);
  const Micros now = clock_->Now();
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_ASSIGN_OR_RETURN(const std::vector<std::string> jobs, WorkableJobs(options.job));
  std::optional<TaskLease> lease;
  for (const std::string& id : jobs) {
    DH_ASSIGN_OR_RETURN(JobRow job, Find(id));
    if (!job.workable()) continue;
    DH_ASSIGN_OR_RETURN(lease, AcquireFrom(std::move(job), options, now));
    if (lease) break;
  }
  DH_RETURN_IF_ERROR(transaction.Commit());
  // Once the output is published, the steps that wrote it can't be taken back and done again.
  if (lease && lease->task.phase == Phase::kClose) DH_RETURN_IF_ERROR(MakeDurable());
  return lease;
}

absl::StatusOr<std::optional<TaskLease>> SqliteJobStore::AcquireFrom(JobRow job, const AcquireOptions& options,
                                                                     Micros now) {
  DH_RETURN_IF_ERROR(FreeOtherLeases(job, options.worker));
  const std::string_view process = ProcessOf(options.worker);
  if (job.exclusive()) {
    DH_ASSIGN_OR_RETURN(const bool held, HeldByAnother(job, process, now));
    if (held) return std::nullopt;
  }
  DH_ASSIGN_OR_RETURN(std::optional<TaskLease> lease, NextTask(job, now));
  if (!lease) return lease;
  DH_RETURN_IF_ERROR(TakeUp(job, process, now));
  lease->job = job.id;
  lease->worker = options.worker;
  lease->expires = now + options.ttl;
  lease->epoch = job.epoch;
  DH_RETURN_IF_ERROR(StoreLease(job, *lease));
  return lease;
}

absl::Status SqliteJobStore::FreeOtherLeases(const JobRow& job, std::string_view worker) {
  return db_.Run("UPDATE tasks SET worker = NULL, expires = 0 WHERE job = ? AND worker = ?", job.key, worker);
}

absl::StatusOr<bool> SqliteJobStore::HeldByAnother(const JobRow& job, std::string_view process, Micros now) {
  Query query(db_, "SELECT worker FROM tasks INDEXED BY leases WHERE job = ? AND worker IS NOT NULL AND expires > ?",
              job.key, now);
  while (query.Next()) {
    if (ProcessOf(query.Text(0)) != process) return true;
  }
  DH_RETURN_IF_ERROR(query.status());
  return false;
}

absl::StatusOr<std::optional<TaskLease>> SqliteJobStore::NextTask(const JobRow& job, Micros now) {
  Query query(db_,
              "SELECT seq, ns, range, bytes, cursor, slice, attempts, fence, worker IS NOT NULL, not_before FROM tasks "
              "WHERE job = ? AND phase = ? AND (worker IS NULL OR expires <= ?3) AND (?4 OR not_before <= ?3) "
              "ORDER BY seq LIMIT 1",
              job.key, job.phase, now, job.in_order());
  std::optional<TaskLease> lease;
  if (query.Next() && query.Int(9) <= now) {
    const bool deserted = query.Int(8) != 0;
    lease.emplace();
    lease->task.phase = job.phase;
    lease->task.seq = query.Uint(0);
    lease->task.partition = {std::string(query.Text(1)), std::string(query.Text(2)), query.Uint(3)};
    lease->task.cursor = query.Text(4);
    lease->task.slice = query.Uint(5);
    lease->task.attempts = static_cast<uint32_t>(query.Uint(6)) + (deserted ? 1 : 0);
    lease->fence = query.Uint(7) + 1;
  }
  DH_RETURN_IF_ERROR(query.status());
  return lease;
}

absl::Status SqliteJobStore::StoreLease(const JobRow& job, const TaskLease& lease) {
  return db_.Run(
      "UPDATE tasks SET worker = ?, fence = ?, expires = ?, attempts = ? WHERE job = ? AND phase = ? AND seq = ?",
      lease.worker, lease.fence, lease.expires, lease.task.attempts, job.key, lease.task.phase, lease.task.seq);
}

absl::Status SqliteJobStore::TakeUp(JobRow& job, std::string_view process, Micros now) {
  if (job.exclusive() && job.holder != process) {
    ++job.epoch;
  } else if (job.state == JobState::kRunning) {
    return absl::OkStatus();
  }
  return db_.Run("UPDATE jobs SET state = ?, holder = ?, epoch = ?, updated = ? WHERE key = ?", JobState::kRunning,
                 process, job.epoch, now, job.key);
}

absl::StatusOr<JobRow> SqliteJobStore::FindLeased(const TaskLease& lease, Micros now) {
  absl::StatusOr<JobRow> job = Find(lease.job);
  if (absl::IsNotFound(job.status())) return StaleLease(lease, "the job was removed");
  DH_RETURN_IF_ERROR(job.status());
  Query query(db_, "SELECT worker, fence, expires FROM tasks WHERE job = ? AND phase = ? AND seq = ?", job->key,
              lease.task.phase, lease.task.seq);
  const bool found = query.Next();
  DH_RETURN_IF_ERROR(query.status());
  if (!found) return StaleLease(lease, "the task is done");
  if (query.Uint(1) != lease.fence) return StaleLease(lease, "another worker has taken it over");
  if (query.IsNull(0)) return StaleLease(lease, "it was given back");
  if (query.Int(2) <= now) return StaleLease(lease, "it has expired");
  return job;
}

absl::Status SqliteJobStore::Renew(TaskLease* lease, Micros ttl) {
  std::lock_guard lock(mutex_);
  const Micros now = clock_->Now();
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_ASSIGN_OR_RETURN(const JobRow job, FindLeased(*lease, now));
  DH_RETURN_IF_ERROR(db_.Run("UPDATE tasks SET expires = ? WHERE job = ? AND phase = ? AND seq = ?", now + ttl, job.key,
                             lease->task.phase, lease->task.seq));
  DH_RETURN_IF_ERROR(transaction.Commit());
  lease->expires = now + ttl;
  if (job.cancel_requested) return absl::CancelledError(StrCat("job ", job.id, " is being cancelled"));
  return absl::OkStatus();
}

absl::Status SqliteJobStore::GiveBack(const TaskLease& lease, bool failed, Micros delay) {
  std::lock_guard lock(mutex_);
  const Micros now = clock_->Now();
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_ASSIGN_OR_RETURN(const JobRow job, FindLeased(lease, now));
  DH_RETURN_IF_ERROR(
      db_.Run("UPDATE tasks SET worker = NULL, expires = 0, attempts = attempts + ?, not_before = ? "
              "WHERE job = ? AND phase = ? AND seq = ?",
              failed, now + delay, job.key, lease.task.phase, lease.task.seq));
  return transaction.Commit();
}

// ---- steps

absl::Status SqliteJobStore::Advance(TaskLease* lease, const Step& step) {
  std::lock_guard lock(mutex_);
  const Micros now = clock_->Now();
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_ASSIGN_OR_RETURN(const JobRow job, FindLeased(*lease, now));
  if (job.cancel_requested && job.phase != Phase::kClose) {
    return absl::CancelledError(StrCat("job ", job.id, " is being cancelled"));
  }
  DH_RETURN_IF_ERROR(CheckTurn(job, *lease));
  DH_RETURN_IF_ERROR(RollUp(db_, job.key, step));
  DH_RETURN_IF_ERROR(AddSketch(db_, job.key, step.sketch));
  if (step.schema) DH_RETURN_IF_ERROR(StoreSchema(db_, job.key, *step.schema));
  DH_RETURN_IF_ERROR(StorePlan(job, step));
  DH_RETURN_IF_ERROR(MoveTask(job, *lease, step));
  DH_RETURN_IF_ERROR(db_.Run("UPDATE jobs SET updated = ?, shards_done = shards_done + ? WHERE key = ?", now,
                             step.done && job.phase == Phase::kWrite, job.key));
  if (step.done) DH_RETURN_IF_ERROR(EndPhaseIfDone(job, step.ends_phase, now));
  DH_RETURN_IF_ERROR(transaction.Commit());
  lease->task.cursor = step.cursor;
  lease->task.attempts = 0;
  if (!step.done) ++lease->task.slice;
  return absl::OkStatus();
}

absl::Status SqliteJobStore::CheckTurn(const JobRow& job, const TaskLease& lease) {
  if (!job.in_order()) return absl::OkStatus();
  Query query(db_, "SELECT seq FROM tasks WHERE job = ? AND phase = ? ORDER BY seq LIMIT 1", job.key, job.phase);
  const bool first = query.Next() && query.Uint(0) == lease.task.seq;
  DH_RETURN_IF_ERROR(query.status());
  return first ? absl::OkStatus() : StaleLease(lease, "an earlier task of this ordered job is not done");
}

absl::Status SqliteJobStore::MoveTask(const JobRow& job, const TaskLease& lease, const Step& step) {
  if (step.done) {
    return db_.Run("DELETE FROM tasks WHERE job = ? AND phase = ? AND seq = ?", job.key, lease.task.phase,
                   lease.task.seq);
  }
  return db_.Run("UPDATE tasks SET cursor = ?, slice = slice + 1, attempts = 0 WHERE job = ? AND phase = ? AND seq = ?",
                 Blob{step.cursor}, job.key, lease.task.phase, lease.task.seq);
}

absl::Status SqliteJobStore::StorePlan(const JobRow& job, const Step& step) {
  if (step.snapshot) {
    const std::string snapshot = EncodeSnapshot(*step.snapshot);
    DH_RETURN_IF_ERROR(db_.Run("UPDATE jobs SET snapshot = ?, bytes_total = ? WHERE key = ?", Blob{snapshot},
                               step.snapshot->bytes, job.key));
  }
  if (job.phase != Phase::kPlan) return absl::OkStatus();
  uint64_t shards = 0;
  for (const Task& task : step.children) {
    DH_RETURN_IF_ERROR(InsertTask(job.key, task));
    shards += task.phase == Phase::kWrite;
  }
  return db_.Run("UPDATE jobs SET ordered = ?, ordered_scan = ?, shards = ? WHERE key = ?", step.ordered,
                 step.ordered_scan, shards, job.key);
}

absl::Status SqliteJobStore::InsertTask(int64_t job, const Task& task) {
  return db_.Run("INSERT INTO tasks(job, phase, seq, ns, range, bytes, cursor, slice) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                 job, task.phase, task.seq, task.partition.ns, Blob{task.partition.range}, task.partition.bytes,
                 Blob{task.cursor}, task.slice);
}

absl::Status SqliteJobStore::EndPhaseIfDone(const JobRow& job, bool drop_rest, Micros now) {
  if (drop_rest) {
    DH_RETURN_IF_ERROR(db_.Run("DELETE FROM tasks WHERE job = ? AND phase = ?", job.key, job.phase));
    DH_RETURN_IF_ERROR(
        db_.Run("UPDATE jobs SET shards_done = shards WHERE key = ? AND phase = ?", job.key, Phase::kWrite));
  }
  Query query(db_, "SELECT phase FROM tasks WHERE job = ? ORDER BY phase LIMIT 1", job.key);
  const bool more = query.Next();
  DH_RETURN_IF_ERROR(query.status());
  if (more) {
    const auto phase = static_cast<Phase>(query.Int(0));
    return phase == job.phase ? absl::OkStatus() : db_.Run("UPDATE jobs SET phase = ? WHERE key = ?", phase, job.key);
  }
  if (job.phase != Phase::kClose) {
    DH_RETURN_IF_ERROR(InsertTask(job.key, Task{.phase = Phase::kClose}));
    return db_.Run("UPDATE jobs SET phase = ? WHERE key = ?", Phase::kClose, job.key);
  }
  return db_.Run("UPDATE jobs SET state = ?, finished = ? WHERE key = ?", JobState::kSucceeded, now, job.key);
}

// ---- lifecycle

absl::Status SqliteJobStore::Finish(std::string_view id, std::string_view process, JobState state,
                                    const absl::Status& why) {
  std::lock_guard lock(mutex_);
  const Micros now = clock_->Now();
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_ASSIGN_OR_RETURN(const JobRow job, Find(id));
  if (IsTerminal(job.state) || job.state == state)
    return absl::AbortedError(StrCat("job ", id, " is ", ToString(job.state)));
  DH_ASSIGN_OR_RETURN(const bool held, HeldByAnother(job, process, now));
  if (held) return absl::AbortedError(StrCat("job ", id, " is being worked on by another process"));
  DH_RETURN_IF_ERROR(VoidLeases(job));
  if (IsTerminal(state)) {
    DH_RETURN_IF_ERROR(db_.Run("DELETE FROM tasks WHERE job = ?", job.key));
    DH_RETURN_IF_ERROR(DropSketch(db_, job.key));
  }
  DH_RETURN_IF_ERROR(
      db_.Run("UPDATE jobs SET state = ?, error = ?, error_retry = ?, updated = ?4, finished = ? WHERE key = ?", state,
              Message(why), RetryOf(why), now, IsTerminal(state) ? now : 0, job.key));
  return transaction.Commit();
}

absl::Status SqliteJobStore::VoidLeases(const JobRow& job) {
  return db_.Run("UPDATE tasks SET worker = NULL, expires = 0 WHERE job = ? AND worker IS NOT NULL", job.key);
}

absl::Status SqliteJobStore::Reclaim(std::string_view id) {
  std::lock_guard lock(mutex_);
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id));
  if (IsTerminal(job.state)) return HasEnded(job);
  DH_RETURN_IF_ERROR(CheckHoldersAreGone(job, clock_->Now()));
  DH_RETURN_IF_ERROR(db_.Run("UPDATE tasks SET attempts = attempts + 1 WHERE job = ? AND worker IS NOT NULL", job.key));
  DH_RETURN_IF_ERROR(VoidLeases(job));
  return transaction.Commit();
}

absl::Status SqliteJobStore::Resume(std::string_view id) {
  std::lock_guard lock(mutex_);
  const Micros now = clock_->Now();
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id));
  if (IsTerminal(job.state)) return HasEnded(job);
  DH_RETURN_IF_ERROR(CheckHoldersAreGone(job, now));
  DH_RETURN_IF_ERROR(VoidLeases(job));
  DH_RETURN_IF_ERROR(db_.Run(
      "UPDATE tasks SET attempts = 0, not_before = 0 WHERE job = ? AND (attempts > 0 OR not_before > 0)", job.key));
  DH_RETURN_IF_ERROR(db_.Run("UPDATE jobs SET state = ?, error = '', error_retry = 0, updated = ? WHERE key = ?",
                             JobState::kQueued, now, job.key));
  return transaction.Commit();
}

absl::Status SqliteJobStore::CheckHoldersAreGone(const JobRow& job, Micros now) {
  Query query(
      db_, "SELECT worker, expires FROM tasks INDEXED BY leases WHERE job = ? AND worker IS NOT NULL AND expires > ?",
      job.key, now);
  while (query.Next()) {
    const std::string_view process = ProcessOf(query.Text(0));
    if (is_gone_(process)) continue;
    return HumanError(StrCat("resuming job ", job.id, ": process ", process, " is working on it, or did until ",
                             absl::FormatTime(absl::FromUnixMicros(query.Int(1))),
                             "; stop it, or watch the job with `datahaul jobs watch ", job.id, "`"));
  }
  return query.status();
}

absl::Status SqliteJobStore::Cancel(std::string_view id) {
  std::lock_guard lock(mutex_);
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id));
  if (IsTerminal(job.state)) return HasEnded(job);
  DH_RETURN_IF_ERROR(
      db_.Run("UPDATE jobs SET cancel_requested = 1, updated = ? WHERE key = ?", clock_->Now(), job.key));
  return transaction.Commit();
}

absl::Status SqliteJobStore::Remove(std::string_view id) {
  std::lock_guard lock(mutex_);
  Transaction transaction(db_);
  DH_RETURN_IF_ERROR(transaction.Begin());
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id));
  if (!IsTerminal(job.state)) {
    return HumanError(StrCat("removing job ", job.id, ": it is ", ToString(job.state), "; cancel it first"));
  }
  DH_RETURN_IF_ERROR(DeleteRows(job.key));
  return transaction.Commit();
}

absl::Status SqliteJobStore::DeleteRows(int64_t job) {
  DH_RETURN_IF_ERROR(db_.Run("DELETE FROM tasks WHERE job = ?", job));
  DH_RETURN_IF_ERROR(db_.Run("DELETE FROM extents WHERE job = ?", job));
  DH_RETURN_IF_ERROR(db_.Run("DELETE FROM kinds WHERE job = ?", job));
  DH_RETURN_IF_ERROR(db_.Run("DELETE FROM counters WHERE job = ?", job));
  DH_RETURN_IF_ERROR(DropSketch(db_, job));
  DH_RETURN_IF_ERROR(DropSchema(db_, job));
  return db_.Run("DELETE FROM jobs WHERE key = ?", job);
}

}  // namespace

absl::StatusOr<std::unique_ptr<JobStore>> OpenSqliteJobStore(const std::string& path, Clock* clock,
                                                             std::function<bool(std::string_view)> is_gone) {
  const bool is_file = !path.starts_with(':') && !path.starts_with("file:");
  if (is_file) DH_RETURN_IF_ERROR(CreateJobStoreFile(path));
  DH_ASSIGN_OR_RETURN(std::unique_ptr<Sqlite> db, Sqlite::Open(path));
  db->KeepLogOnClose();
  DH_RETURN_IF_ERROR(db->Execute("PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL"));
  DH_RETURN_IF_ERROR(MigrateJobStore(*db));
  return std::make_unique<SqliteJobStore>(std::move(db), clock, std::move(is_gone));
}

}  // namespace datahaul

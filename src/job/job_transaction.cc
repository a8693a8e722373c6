#include "job/job_transaction.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/time/time.h"

#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "job/blob_codec.h"
#include "job/process.h"
#include "job/roll_up.h"
#include "job/sketch_rows.h"

namespace datahaul {
namespace {

// What JobOf() reads.
constexpr char kJobColumns[] =
    "SELECT key, id, state, phase, spec, error, error_retry, created, updated, finished, shards, shards_done, "
    "bytes_total, cancel_requested, (SELECT max(progress.updated) FROM progress WHERE job = key), "
    "(SELECT CAST(sum(progress.shards_done) AS bigint) FROM progress WHERE job = key) FROM jobs ";

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
  job.updated = std::max(row.Int(8), row.Int(14));
  job.finished = row.Int(9);
  job.shards = row.Uint(10);
  job.shards_done = row.Uint(11) + row.Uint(15);
  job.bytes_total = row.Uint(12);
  job.cancel_requested = row.Int(13) != 0;
  return job;
}

absl::StatusOr<Snapshot> LoadSnapshot(Sql& db, int64_t job) {
  Query query(db, "SELECT snapshot FROM jobs WHERE key = ?", job);
  query.Next();
  DH_RETURN_IF_ERROR(query.status());
  return DecodeSnapshot(query.Text(0));
}

// The last four are random, so that jobs of one second differ.
std::string NewId(Micros now) {
  constexpr std::string_view kDigits = "23456789abcdefghjkmnpqrstuvwxyz";  // none that looks like another
  std::random_device random;
  std::string id = absl::FormatTime("%Y%m%d-%H%M%S-", absl::FromUnixMicros(now), absl::UTCTimeZone());
  for (int i = 0; i < 4; ++i) id += kDigits[random() % kDigits.size()];
  return id;
}

absl::Status NoSuchJob(std::string_view id) {
  return absl::NotFoundError(StrCat("there is no job ", id, "; `datahaul jobs list` shows all"));
}

// Of AskFor().
absl::StatusOr<JobRow> ReadJob(Query& query, std::string_view id) {
  if (!query.Next()) {
    DH_RETURN_IF_ERROR(query.status());
    return NoSuchJob(id);
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
  job.program = query.Text(9);
  job.queue = query.Text(10);
  job.most_leases = query.Uint(11);
  return job;
}

absl::Status DeleteRows(Sql& db, int64_t job) {
  DH_RETURN_IF_ERROR(db.Run("DELETE FROM tasks WHERE job = ?", job));
  DH_RETURN_IF_ERROR(db.Run("DELETE FROM extents WHERE job = ?", job));
  DH_RETURN_IF_ERROR(db.Run("DELETE FROM kinds WHERE job = ?", job));
  DH_RETURN_IF_ERROR(db.Run("DELETE FROM counters WHERE job = ?", job));
  DH_RETURN_IF_ERROR(db.Run("DELETE FROM progress WHERE job = ?", job));
  DH_RETURN_IF_ERROR(DropSketch(db, job));
  DH_RETURN_IF_ERROR(DropSchema(db, job));
  return db.Run("DELETE FROM jobs WHERE key = ?", job);
}

}  // namespace

// ---- jobs

absl::Status JobTransaction::InsertJob(const std::string& id, const JobSpec& spec, std::string_view request_id) {
  const std::string spec_blob = EncodeSpec(spec), snapshot_blob = EncodeSnapshot({});
  DH_RETURN_IF_ERROR(
      db_.Run("INSERT INTO jobs(id, request, state, phase, source, sink, command, spec, snapshot, created, updated, "
              "queue, host, most_leases) "
              "VALUES(?1, nullif(?2, ''), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12, ?13)",
              id, request_id, JobState::kQueued, Phase::kPlan, spec.source, spec.sink, spec.command, Blob{spec_blob},
              Blob{snapshot_blob}, db_.Now(), spec.queue, spec.host, spec.most_leases));
  DH_ASSIGN_OR_RETURN(const JobRow job, Find(id, Lock::kNone));
  return InsertTask(job.key, Task{.phase = Phase::kPlan});
}

absl::StatusOr<std::string> JobTransaction::Submit(const JobSpec& spec, std::string_view request_id) {
  {
    Query known(db_, "SELECT id FROM jobs WHERE request = nullif(?, '')", request_id);
    if (known.Next()) return std::string(known.Text(0));
    DH_RETURN_IF_ERROR(known.status());
  }
  std::string id;
  do {
    id = NewId(db_.Now());
  } while (Find(id, Lock::kNone).ok());
  DH_RETURN_IF_ERROR(InsertJob(id, spec, request_id));
  return id;
}

Query JobTransaction::AskFor(std::string_view id, Lock lock) {
#define DATAHAUL_FIND_JOB                                                                                              \
  "SELECT key, id, state, phase, ordered, cancel_requested, holder, epoch, ordered_scan, program, queue, most_leases " \
  "FROM jobs WHERE id = ?"
  constexpr std::string_view kStatements[] = {DATAHAUL_FIND_JOB, DATAHAUL_FIND_JOB " FOR KEY SHARE",
                                              DATAHAUL_FIND_JOB " FOR NO KEY UPDATE", DATAHAUL_FIND_JOB " FOR UPDATE"};
#undef DATAHAUL_FIND_JOB
  return {db_, kStatements[static_cast<size_t>(lock)], id};
}

absl::StatusOr<JobRow> JobTransaction::Find(std::string_view id, Lock lock) {
  Query query = AskFor(id, lock);
  return ReadJob(query, id);
}

absl::StatusOr<JobRow> JobTransaction::Resolve(std::string_view id, Lock lock) {
  // A database may refuse to look for what is no text.
  for (const char c : id) {
    if (c < ' ' || c > '~') return NoSuchJob(id);
  }
  absl::StatusOr<JobRow> exact = Find(id, lock);
  if (exact.ok() || id.empty() || exact.status().code() != absl::StatusCode::kNotFound) return exact;
  std::vector<std::string> ids;
  {
    Query query(db_, "SELECT id FROM jobs WHERE id > ?1 AND substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 2", id);
    while (query.Next()) ids.emplace_back(query.Text(0));
    DH_RETURN_IF_ERROR(query.status());
  }
  if (ids.size() == 1) return Find(ids[0], lock);
  if (ids.empty()) return exact;
  return UsageError(StrCat("job ", id, " could be ", ids[0], " or ", ids[1], "; give more of its id"));
}

absl::StatusOr<Job> JobTransaction::Get(std::string_view id) {
  static const std::string& sql = *new std::string(StrCat(kJobColumns, "WHERE key = ?"));
  DH_ASSIGN_OR_RETURN(const JobRow row, Resolve(id, Lock::kNone));
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

absl::StatusOr<std::vector<Job>> JobTransaction::List() {
  static const std::string& sql = *new std::string(StrCat(kJobColumns, "ORDER BY key DESC"));
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

absl::StatusOr<std::vector<Extent>> JobTransaction::Committed(std::string_view id) {
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id, Lock::kNone));
  return LoadExtents(db_, job.key);
}

absl::StatusOr<SchemaSketch> JobTransaction::Sketch(std::string_view id) {
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id, Lock::kNone));
  return LoadSketch(db_, job.key);
}

// ---- leases

absl::StatusOr<std::vector<std::string>> JobTransaction::WorkableJobs(const std::string& only) {
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

absl::StatusOr<std::optional<TaskLease>> JobTransaction::Acquire(const AcquireOptions& options) {
  DH_ASSIGN_OR_RETURN(const std::vector<std::string> jobs, WorkableJobs(options.job));
  for (const std::string& id : jobs) {
    DH_ASSIGN_OR_RETURN(std::optional<TaskLease> lease, AcquireIn(id, options));
    if (lease) return lease;
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<TaskLease>> JobTransaction::AcquireIn(const std::string& id,
                                                                   const AcquireOptions& options) {
  const auto needs_lock = [&options](const JobRow& job) {
    return job.exclusive() || job.most_leases != 0 || job.program != options.program;
  };
  DH_ASSIGN_OR_RETURN(JobRow job, Find(id, Lock::kNone));
  if (!job.workable()) return std::nullopt;
  const bool alone = needs_lock(job);
  const Phase phase = job.phase;
  Query locked = AskFor(id, alone ? Lock::kAlone : Lock::kShared);
  // What the worker still holds is free again. As a query, whose answer tells a server whether that changed anything.
  Query freed(db_, "UPDATE tasks SET worker = NULL, expires = 0 WHERE job = ? AND worker = ? RETURNING seq", job.key,
              options.worker);
  // Asked for before anybody knows that it is wanted: that is one exchange less.
  std::optional<Query> next;
  if (!alone) next.emplace(NextTask(job));
  DH_ASSIGN_OR_RETURN(job, ReadJob(locked, id));
  while (freed.Next()) {
  }
  DH_RETURN_IF_ERROR(freed.status());
  // It may have changed in between, and a lock that is too weak must not be made stronger: two who do wait for each
  // other.
  if (!job.workable() || (!alone && (needs_lock(job) || job.phase != phase))) return std::nullopt;
  return AcquireFrom(std::move(job), std::move(next), options);
}

absl::StatusOr<std::optional<TaskLease>> JobTransaction::AcquireFrom(JobRow job, std::optional<Query> next,
                                                                     const AcquireOptions& options) {
  // Two versions of the program never work on a job at once: they may not cut and place alike.
  if (job.exclusive() || job.program != options.program) {
    DH_ASSIGN_OR_RETURN(const bool held, HeldByAnother(job, ProcessOf(options.worker)));
    if (held) return std::nullopt;
  }
  DH_ASSIGN_OR_RETURN(const bool limited, LimitReached(job));
  if (limited) return std::nullopt;
  if (!next) next.emplace(NextTask(job));
  DH_ASSIGN_OR_RETURN(std::optional<TaskLease> lease, ReadTask(*next, job));
  if (!lease) return lease;
  if (job.in_order()) {
    DH_ASSIGN_OR_RETURN(lease->follows, OpenTaskBefore(job, lease->task.seq));
  }
  DH_RETURN_IF_ERROR(TakeUp(job, options));
  lease->job = job.id;
  lease->worker = options.worker;
  lease->expires = db_.Now() + options.ttl;
  lease->epoch = job.epoch;
  DH_RETURN_IF_ERROR(StoreLease(job, *lease));
  return lease;
}

absl::StatusOr<bool> JobTransaction::HeldByAnother(const JobRow& job, std::string_view process) {
  Query query(db_, "SELECT worker FROM tasks INDEXED BY leases WHERE job = ? AND worker IS NOT NULL AND expires > ?",
              job.key, db_.Now());
  while (query.Next()) {
    if (ProcessOf(query.Text(0)) != process) return true;
  }
  DH_RETURN_IF_ERROR(query.status());
  return false;
}

absl::StatusOr<bool> JobTransaction::LimitReached(const JobRow& job) {
  if (job.most_leases != 0) {
    Query query(db_,
                "SELECT count(*) FROM tasks INDEXED BY leases WHERE job = ? AND worker IS NOT NULL AND expires > ?",
                job.key, db_.Now());
    if (query.Next() && query.Uint(0) >= job.most_leases) return true;
    DH_RETURN_IF_ERROR(query.status());
  }
  if (job.queue.empty()) return false;
  // Its lock makes those who take tasks in this queue wait for each other.
  Query limit(db_, "SELECT most_leases FROM queues WHERE name = ? FOR UPDATE", job.queue);
  if (!limit.Next()) return limit.status().ok() ? absl::StatusOr<bool>(false) : limit.status();
  Query query(db_,
              "SELECT count(*) FROM tasks WHERE worker IS NOT NULL AND expires > ? AND "
              "job IN (SELECT key FROM jobs WHERE state <= 1 AND queue = ?)",
              db_.Now(), job.queue);
  const bool reached = query.Next() && query.Uint(0) >= limit.Uint(0);
  DH_RETURN_IF_ERROR(query.status());
  return reached;
}

Query JobTransaction::NextTask(const JobRow& job) {
#define DATAHAUL_NEXT_TASK                                                                                   \
  "SELECT seq, ns, range, bytes, cursor, slice, attempts, fence, worker IS NOT NULL, not_before FROM tasks " \
  "WHERE job = ? AND phase = ? AND (worker IS NULL OR expires <= ?3) AND (?4 = 1 OR not_before <= ?3) "      \
  "ORDER BY seq LIMIT 1 "
  // A task that somebody just touches, be it in vain, is passed by, but not where order matters.
  constexpr std::string_view kAny = DATAHAUL_NEXT_TASK "FOR UPDATE SKIP LOCKED";
  constexpr std::string_view kFirst = DATAHAUL_NEXT_TASK "FOR UPDATE";
#undef DATAHAUL_NEXT_TASK
  return {db_, job.exclusive() ? kFirst : kAny, job.key, job.phase, db_.Now(), job.in_order()};
}

absl::StatusOr<std::optional<TaskLease>> JobTransaction::ReadTask(Query& query, const JobRow& job) {
  std::optional<TaskLease> lease;
  if (query.Next() && query.Int(9) <= db_.Now()) {
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

absl::StatusOr<std::optional<uint64_t>> JobTransaction::OpenTaskBefore(const JobRow& job, uint64_t seq) {
  Query query(db_, "SELECT seq FROM tasks WHERE job = ? AND phase = ? AND seq < ? ORDER BY seq DESC LIMIT 1", job.key,
              job.phase, seq);
  std::optional<uint64_t> before;
  if (query.Next()) before = query.Uint(0);
  DH_RETURN_IF_ERROR(query.status());
  return before;
}

absl::Status JobTransaction::StoreLease(const JobRow& job, const TaskLease& lease) {
  return db_.Run(
      "UPDATE tasks SET worker = ?, fence = ?, expires = ?, attempts = ? WHERE job = ? AND phase = ? AND seq = ?",
      lease.worker, lease.fence, lease.expires, lease.task.attempts, job.key, lease.task.phase, lease.task.seq);
}

absl::Status JobTransaction::TakeUp(JobRow& job, const AcquireOptions& options) {
  const std::string_view process = ProcessOf(options.worker);
  if (job.exclusive() && job.holder != process) {
    ++job.epoch;
  } else if (job.state == JobState::kRunning && job.program == options.program) {
    return absl::OkStatus();
  }
  return db_.Run("UPDATE jobs SET state = ?, holder = ?, epoch = ?, program = ?, updated = ? WHERE key = ?",
                 JobState::kRunning, process, job.epoch, options.program, db_.Now(), job.key);
}

// The one that fewest work on; among equals, the one that was served longest ago.
absl::StatusOr<std::optional<std::string>> JobTransaction::Choose(const ChooseOptions& options) {
  struct Candidate {
    JobRow job;
    uint64_t leases = 0;
    Micros served = 0;
  };
  std::optional<Candidate> best;
  Query query(db_,
              "SELECT key, id, phase, ordered, queue, program, served, (SELECT count(*) FROM tasks "
              "WHERE tasks.job = jobs.key AND worker IS NOT NULL AND expires > ?1) FROM jobs "
              "WHERE state <= 1 AND queue <> '' AND (host = '' OR host = ?2) ORDER BY key",
              db_.Now(), options.host);
  while (query.Next()) {
    Candidate next;
    next.job.key = query.Int(0);
    next.job.id = query.Text(1);
    next.job.phase = static_cast<Phase>(query.Int(2));
    next.job.ordered = query.Int(3) != 0;
    next.job.program = query.Text(5);
    next.served = query.Int(6);
    next.leases = query.Uint(7);
    if (std::find(options.queues.begin(), options.queues.end(), query.Text(4)) == options.queues.end()) continue;
    if (std::find(options.except.begin(), options.except.end(), next.job.id) != options.except.end()) continue;
    const bool taken = next.job.exclusive() || next.job.program != options.program;
    if (taken && next.leases != 0) continue;
    if (best && std::pair(best->leases, best->served) <= std::pair(next.leases, next.served)) continue;
    DH_ASSIGN_OR_RETURN(const bool has_task, HasFreeTask(next.job));
    if (has_task) best = std::move(next);
  }
  DH_RETURN_IF_ERROR(query.status());
  if (!best) return std::nullopt;
  if (options.serve) DH_RETURN_IF_ERROR(db_.Run("UPDATE jobs SET served = ? WHERE key = ?", db_.Now(), best->job.key));
  return best->job.id;
}

absl::StatusOr<bool> JobTransaction::HasFreeTask(const JobRow& job) {
  Query query(db_,
              "SELECT 1 FROM tasks WHERE job = ?1 AND phase = ?2 AND (worker IS NULL OR expires <= ?3) AND "
              "not_before <= ?3 LIMIT 1",
              job.key, job.phase, db_.Now());
  const bool found = query.Next();
  DH_RETURN_IF_ERROR(query.status());
  return found;
}

absl::Status JobTransaction::LimitQueue(std::string_view queue, uint64_t most_leases) {
  if (most_leases == 0) return db_.Run("DELETE FROM queues WHERE name = ?", queue);
  return db_.Run("INSERT INTO queues VALUES(?, ?) ON CONFLICT (name) DO UPDATE SET most_leases = excluded.most_leases",
                 queue, most_leases);
}

absl::StatusOr<JobTransaction::Leased> JobTransaction::FindLeased(const TaskLease& lease, Lock lock, bool to_advance) {
  constexpr std::string_view kTask =
      "SELECT worker, fence, expires, slice, 0 FROM tasks WHERE job = (SELECT key FROM jobs WHERE id = ?) "
      "AND phase = ? AND seq = ? FOR UPDATE";
  // Looked for from the end: there the tasks are that will be taken last.
  constexpr std::string_view kTaskAndOthers =
      "SELECT worker, fence, expires, slice, (SELECT others.seq FROM tasks AS others WHERE others.job = tasks.job "
      "AND others.phase = tasks.phase AND others.worker IS NULL ORDER BY others.seq DESC LIMIT 1) IS NOT NULL "
      "FROM tasks WHERE job = (SELECT key FROM jobs WHERE id = ?) AND phase = ? AND seq = ? FOR UPDATE";
  // Who does not lock the job reads it once he has the task: Cancel has waited for him, or he sees that it was called.
  const bool job_last = lock == Lock::kNone;
  std::optional<Query> job_row;
  if (!job_last) job_row.emplace(AskFor(lease.job, lock));
  Query task(db_, to_advance ? kTaskAndOthers : kTask, lease.job, lease.task.phase, lease.task.seq);
  if (job_last) job_row.emplace(AskFor(lease.job, lock));
  absl::StatusOr<JobRow> job;
  const auto read_job = [&]() -> absl::Status {
    job = ReadJob(*job_row, lease.job);
    return absl::IsNotFound(job.status()) ? StaleLease(lease, "the job was removed") : job.status();
  };
  if (!job_last) DH_RETURN_IF_ERROR(read_job());
  const bool found = task.Next();
  DH_RETURN_IF_ERROR(task.status());
  if (job_last) DH_RETURN_IF_ERROR(read_job());
  if (!found) return StaleLease(lease, "the task is done");
  if (task.Uint(1) != lease.fence) return StaleLease(lease, "another worker has taken it over");
  if (task.IsNull(0)) return StaleLease(lease, "it was given back");
  // A database that went back in time, as when a standby takes over, may give the same fence again.
  if (task.Text(0) != lease.worker) return StaleLease(lease, "another worker has it");
  if (task.Int(2) <= db_.Now()) return StaleLease(lease, "it has expired");
  if (to_advance && task.Uint(3) != lease.task.slice) return StaleLease(lease, "the store has it at another slice");
  return Leased{*std::move(job), task.Int(4) != 0};
}

absl::StatusOr<bool> JobTransaction::Renew(const TaskLease& lease, Micros ttl) {
  DH_ASSIGN_OR_RETURN(const Leased leased, FindLeased(lease, Lock::kNone, false));
  DH_RETURN_IF_ERROR(db_.Run("UPDATE tasks SET expires = ? WHERE job = ? AND phase = ? AND seq = ?", db_.Now() + ttl,
                             leased.job.key, lease.task.phase, lease.task.seq));
  return leased.job.cancel_requested;
}

absl::Status JobTransaction::GiveBack(const TaskLease& lease, bool failed, Micros delay) {
  DH_ASSIGN_OR_RETURN(const Leased leased, FindLeased(lease, Lock::kNone, false));
  return db_.Run(
      "UPDATE tasks SET worker = NULL, expires = 0, attempts = attempts + ?, not_before = ? "
      "WHERE job = ? AND phase = ? AND seq = ?",
      failed, db_.Now() + delay, leased.job.key, lease.task.phase, lease.task.seq);
}

// ---- steps

absl::StatusOr<JobTransaction::Advanced> JobTransaction::Advance(const TaskLease& lease, const Step& step, bool alone) {
  const bool writes = lease.task.phase == Phase::kWrite;
  const Lock lock = alone || lease.task.phase == Phase::kPlan ? Lock::kAlone
                    : !writes                                 ? Lock::kAdvance
                    : step.done                               ? Lock::kShared
                                                              : Lock::kNone;
  DH_ASSIGN_OR_RETURN(const Leased leased, FindLeased(lease, lock, true));
  const JobRow& job = leased.job;
  if (job.cancel_requested && job.phase != Phase::kClose) {
    return absl::CancelledError(StrCat("job ", job.id, " is being cancelled"));
  }
  DH_RETURN_IF_ERROR(CheckTurn(job, lease));
  const bool may_be_last = step.done && (step.ends_phase || !leased.others_free);
  if (may_be_last && writes && !alone) return Advanced{.needs_lock = true, .queue = {}};
  const uint64_t stripe = job.ordered ? 0 : lease.task.seq % kStripes;
  if (step.drops_receipts) DH_RETURN_IF_ERROR(DropReceipts(db_, job.key));
  DH_RETURN_IF_ERROR(RollUp(db_, job.key, stripe, step));
  DH_RETURN_IF_ERROR(AddSketch(db_, job.key, step.sketch));
  if (step.schema) DH_RETURN_IF_ERROR(StoreSchema(db_, job.key, *step.schema));
  DH_RETURN_IF_ERROR(StorePlan(job, step));
  DH_RETURN_IF_ERROR(MoveTask(job, lease, step));
  DH_RETURN_IF_ERROR(AddProgress(db_, job.key, stripe, step.done && writes));
  Advanced advanced;
  if (may_be_last) {
    DH_ASSIGN_OR_RETURN(const bool ended, EndPhaseIfDone(job, step.ends_phase));
    if (ended) advanced.queue = job.queue;
  }
  return advanced;
}

absl::Status JobTransaction::CheckTurn(const JobRow& job, const TaskLease& lease) {
  if (!job.in_order()) return absl::OkStatus();
  Query query(db_, "SELECT seq FROM tasks WHERE job = ? AND phase = ? ORDER BY seq LIMIT 1", job.key, job.phase);
  const bool first = query.Next() && query.Uint(0) == lease.task.seq;
  DH_RETURN_IF_ERROR(query.status());
  return first ? absl::OkStatus() : StaleLease(lease, "an earlier task of this ordered job is not done");
}

absl::Status JobTransaction::MoveTask(const JobRow& job, const TaskLease& lease, const Step& step) {
  if (step.done) {
    return db_.Run("DELETE FROM tasks WHERE job = ? AND phase = ? AND seq = ?", job.key, lease.task.phase,
                   lease.task.seq);
  }
  return db_.Run("UPDATE tasks SET cursor = ?, slice = slice + 1, attempts = 0 WHERE job = ? AND phase = ? AND seq = ?",
                 Blob{step.cursor}, job.key, lease.task.phase, lease.task.seq);
}

absl::Status JobTransaction::StorePlan(const JobRow& job, const Step& step) {
  if (step.snapshot) {
    const std::string snapshot = EncodeSnapshot(*step.snapshot);
    DH_RETURN_IF_ERROR(db_.Run("UPDATE jobs SET snapshot = ?, bytes_total = ? WHERE key = ?", Blob{snapshot},
                               step.snapshot->bytes, job.key));
  }
  if (job.phase != Phase::kPlan && step.children.empty()) return absl::OkStatus();
  uint64_t shards = 0;
  for (const Task& task : step.children) {
    DH_RETURN_IF_ERROR(InsertTask(job.key, task));
    shards += task.phase == Phase::kWrite;
  }
  DH_RETURN_IF_ERROR(db_.Run("UPDATE jobs SET shards = ? WHERE key = ?", shards, job.key));
  if (job.phase != Phase::kPlan) return absl::OkStatus();
  return db_.Run("UPDATE jobs SET ordered = ?, ordered_scan = ? WHERE key = ?", step.ordered, step.ordered_scan,
                 job.key);
}

absl::Status JobTransaction::InsertTask(int64_t job, const Task& task) {
  return db_.Run("INSERT INTO tasks(job, phase, seq, ns, range, bytes, cursor, slice) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                 job, task.phase, task.seq, task.partition.ns, Blob{task.partition.range}, task.partition.bytes,
                 Blob{task.cursor}, task.slice);
}

absl::StatusOr<bool> JobTransaction::EndPhaseIfDone(const JobRow& job, bool drop_rest) {
  if (drop_rest) {
    DH_RETURN_IF_ERROR(db_.Run("DELETE FROM tasks WHERE job = ? AND phase = ?", job.key, job.phase));
    DH_RETURN_IF_ERROR(
        db_.Run("UPDATE jobs SET shards_done = shards WHERE key = ? AND phase = ?", job.key, Phase::kWrite));
    if (job.phase == Phase::kWrite) {
      DH_RETURN_IF_ERROR(db_.Run("UPDATE progress SET shards_done = 0 WHERE job = ?", job.key));
    }
  }
  Query query(db_, "SELECT phase FROM tasks WHERE job = ? ORDER BY phase LIMIT 1", job.key);
  const bool more = query.Next();
  DH_RETURN_IF_ERROR(query.status());
  if (more) {
    const auto phase = static_cast<Phase>(query.Int(0));
    if (phase == job.phase) return false;
    DH_RETURN_IF_ERROR(db_.Run("UPDATE jobs SET phase = ? WHERE key = ?", phase, job.key));
  } else if (job.phase != Phase::kClose) {
    DH_RETURN_IF_ERROR(InsertTask(job.key, Task{.phase = Phase::kClose}));
    DH_RETURN_IF_ERROR(db_.Run("UPDATE jobs SET phase = ? WHERE key = ?", Phase::kClose, job.key));
  } else {
    DH_RETURN_IF_ERROR(
        db_.Run("UPDATE jobs SET state = ?, finished = ? WHERE key = ?", JobState::kSucceeded, db_.Now(), job.key));
  }
  return true;
}

// ---- lifecycle

absl::Status JobTransaction::Finish(std::string_view id, std::string_view process, JobState state,
                                    const absl::Status& why) {
  DH_ASSIGN_OR_RETURN(const JobRow job, Find(id, Lock::kAlone));
  if (IsTerminal(job.state) || job.state == state)
    return absl::AbortedError(StrCat("job ", id, " is ", ToString(job.state)));
  DH_ASSIGN_OR_RETURN(const bool held, HeldByAnother(job, process));
  if (held) return absl::AbortedError(StrCat("job ", id, " is being worked on by another process"));
  DH_RETURN_IF_ERROR(VoidLeases(job));
  if (IsTerminal(state)) {
    DH_RETURN_IF_ERROR(db_.Run("DELETE FROM tasks WHERE job = ?", job.key));
    DH_RETURN_IF_ERROR(DropSketch(db_, job.key));
  }
  DH_RETURN_IF_ERROR(
      db_.Run("UPDATE jobs SET state = ?, error = ?, error_retry = ?, updated = ?, finished = ? WHERE key = ?", state,
              Message(why), RetryOf(why), db_.Now(), IsTerminal(state) ? db_.Now() : 0, job.key));
  return absl::OkStatus();
}

absl::Status JobTransaction::VoidLeases(const JobRow& job) {
  return db_.Run("UPDATE tasks SET worker = NULL, expires = 0 WHERE job = ? AND worker IS NOT NULL", job.key);
}

absl::Status JobTransaction::Reclaim(std::string_view id) {
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id, Lock::kAlone));
  if (IsTerminal(job.state)) return HasEnded(job);
  DH_RETURN_IF_ERROR(CheckHoldersAreGone(job));
  DH_RETURN_IF_ERROR(db_.Run("UPDATE tasks SET attempts = attempts + 1 WHERE job = ? AND worker IS NOT NULL", job.key));
  DH_RETURN_IF_ERROR(VoidLeases(job));
  return absl::OkStatus();
}

absl::StatusOr<std::string> JobTransaction::Resume(std::string_view id) {
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id, Lock::kAlone));
  if (IsTerminal(job.state)) return HasEnded(job);
  DH_RETURN_IF_ERROR(CheckHoldersAreGone(job));
  DH_RETURN_IF_ERROR(VoidLeases(job));
  DH_RETURN_IF_ERROR(db_.Run(
      "UPDATE tasks SET attempts = 0, not_before = 0 WHERE job = ? AND (attempts > 0 OR not_before > 0)", job.key));
  DH_RETURN_IF_ERROR(db_.Run("UPDATE jobs SET state = ?, error = '', error_retry = 0, updated = ? WHERE key = ?",
                             JobState::kQueued, db_.Now(), job.key));
  return job.queue;
}

absl::Status JobTransaction::CheckHoldersAreGone(const JobRow& job) {
  Query query(
      db_, "SELECT worker, expires FROM tasks INDEXED BY leases WHERE job = ? AND worker IS NOT NULL AND expires > ?",
      job.key, db_.Now());
  while (query.Next()) {
    const std::string_view process = ProcessOf(query.Text(0));
    if (is_gone_(process)) continue;
    return HumanError(StrCat("resuming job ", job.id, ": process ", process, " is working on it, or did until ",
                             absl::FormatTime(absl::FromUnixMicros(query.Int(1))),
                             "; stop it, or watch the job with `datahaul jobs watch ", job.id, "`"));
  }
  return query.status();
}

absl::Status JobTransaction::Cancel(std::string_view id) {
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id, Lock::kAlone));
  if (IsTerminal(job.state)) return HasEnded(job);
  // Waits for the steps that have not seen it: none is told OK after another was told of the cancellation.
  Query steps(db_, "SELECT seq FROM tasks INDEXED BY leases WHERE job = ? AND worker IS NOT NULL FOR UPDATE", job.key);
  while (steps.Next()) {
  }
  DH_RETURN_IF_ERROR(steps.status());
  return db_.Run("UPDATE jobs SET cancel_requested = 1, updated = ? WHERE key = ?", db_.Now(), job.key);
}

absl::StatusOr<std::string> JobTransaction::Depart(std::string_view id, std::string_view to) {
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id, Lock::kAlone));
  const std::string where = StrCat("moved to job store ", to, "; it goes on there");
  if (job.state == JobState::kMoved) {
    Query query(db_, "SELECT error FROM jobs WHERE key = ?", job.key);
    const bool same = query.Next() && query.Text(0) == where;
    DH_RETURN_IF_ERROR(query.status());
    if (same) return job.id;
  }
  if (IsTerminal(job.state)) return HasEnded(job);
  DH_RETURN_IF_ERROR(CheckHoldersAreGone(job));
  DH_RETURN_IF_ERROR(VoidLeases(job));
  DH_RETURN_IF_ERROR(
      db_.Run("UPDATE jobs SET state = ?, error = ?, error_retry = ?, updated = ?, finished = ? WHERE key = ?",
              JobState::kMoved, where, Retry::kHuman, db_.Now(), db_.Now(), job.key));
  return job.id;
}

absl::Status JobTransaction::Remove(std::string_view id) {
  DH_ASSIGN_OR_RETURN(const JobRow job, Resolve(id, Lock::kAlone));
  if (!IsTerminal(job.state)) {
    return HumanError(StrCat("removing job ", job.id, ": it is ", ToString(job.state), "; cancel it first"));
  }
  return DeleteRows(db_, job.key);
}

}  // namespace datahaul

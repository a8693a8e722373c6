#include "job/sql_job_store.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace

template <typename Result, typename Call>
Result SqlJobStore::In(absl::Status (SqlDatabase::*transact)(const SqlDatabase::Body&), const Call& call) {
  Result result = absl::UnknownError("the transaction never ran");
  DH_RETURN_IF_ERROR((db_.get()->*transact)([&](Sql& db) {
    JobTransaction transaction(db, is_gone_);
    result = call(transaction);
    return StatusOf(result);
  }));
  return result;
}

template <typename Result, typename Call>
Result SqlJobStore::Write(const Call& call) {
  return In<Result>(&SqlDatabase::Write, call);
}

template <typename Result, typename Call>
Result SqlJobStore::Read(const Call& call) {
  return In<Result>(&SqlDatabase::Read, call);
}

absl::StatusOr<std::string> SqlJobStore::Submit(const JobSpec& spec, std::string_view request_id) {
  DH_ASSIGN_OR_RETURN(std::string id, Write<absl::StatusOr<std::string>>(
                                          [&](JobTransaction& jobs) { return jobs.Submit(spec, request_id); }));
  DH_RETURN_IF_ERROR(db_->MakeDurable());  // a promise to a person, unlike steps, which can be done again
  if (!spec.queue.empty()) db_->Wake(spec.queue);
  return id;
}

absl::StatusOr<Job> SqlJobStore::Get(std::string_view job) {
  return Read<absl::StatusOr<Job>>([&](JobTransaction& jobs) { return jobs.Get(job); });
}

absl::StatusOr<std::vector<Job>> SqlJobStore::List() {
  return Read<absl::StatusOr<std::vector<Job>>>([&](JobTransaction& jobs) { return jobs.List(); });
}

absl::StatusOr<std::vector<Extent>> SqlJobStore::Committed(std::string_view job) {
  return Read<absl::StatusOr<std::vector<Extent>>>([&](JobTransaction& jobs) { return jobs.Committed(job); });
}

absl::StatusOr<SchemaSketch> SqlJobStore::Sketch(std::string_view job) {
  return Read<absl::StatusOr<SchemaSketch>>([&](JobTransaction& jobs) { return jobs.Sketch(job); });
}

absl::StatusOr<std::optional<TaskLease>> SqlJobStore::Acquire(const AcquireOptions& options) {
  DH_ASSIGN_OR_RETURN(std::optional<TaskLease> lease, Write<absl::StatusOr<std::optional<TaskLease>>>(
                                                          [&](JobTransaction& jobs) { return jobs.Acquire(options); }));
  // Once output is published, or a spool, the steps that wrote it can't be taken back and done again.
  const bool publishes = lease && (lease->task.phase == Phase::kClose || lease->task.phase == Phase::kSchema);
  if (publishes) DH_RETURN_IF_ERROR(db_->MakeDurable());
  return lease;
}

absl::StatusOr<std::optional<std::string>> SqlJobStore::Choose(const ChooseOptions& options) {
  using Chosen = absl::StatusOr<std::optional<std::string>>;
  return Write<Chosen>([&](JobTransaction& jobs) { return jobs.Choose(options); });
}

void SqlJobStore::WaitForWork(const std::vector<std::string>& queues, Micros most) { db_->WaitForWake(queues, most); }

absl::Status SqlJobStore::Renew(TaskLease* lease, Micros ttl) {
  Micros renewed = 0;
  bool cancelled = false;
  DH_RETURN_IF_ERROR(db_->Write([&](Sql& db) -> absl::Status {
    DH_ASSIGN_OR_RETURN(cancelled, JobTransaction(db, is_gone_).Renew(*lease, ttl));
    renewed = db.Now();
    return absl::OkStatus();
  }));
  lease->expires = renewed + ttl;
  if (cancelled) return absl::CancelledError(StrCat("job ", lease->job, " is being cancelled"));
  return absl::OkStatus();
}

absl::Status SqlJobStore::Advance(TaskLease* lease, const Step& step) {
  JobTransaction::Advanced advanced{.needs_lock = true, .queue = {}};
  for (const bool alone : {false, true}) {
    if (!advanced.needs_lock) break;
    DH_ASSIGN_OR_RETURN(advanced, Write<absl::StatusOr<JobTransaction::Advanced>>(
                                      [&](JobTransaction& jobs) { return jobs.Advance(*lease, step, alone); }));
  }
  lease->task.cursor = step.cursor;
  lease->task.attempts = 0;
  if (!step.done) ++lease->task.slice;
  if (advanced.queue && !advanced.queue->empty()) db_->Wake(*advanced.queue);
  return absl::OkStatus();
}

absl::Status SqlJobStore::GiveBack(const TaskLease& lease, bool failed, Micros delay) {
  return Write<absl::Status>([&](JobTransaction& jobs) { return jobs.GiveBack(lease, failed, delay); });
}

absl::Status SqlJobStore::Finish(std::string_view job, std::string_view process, JobState state,
                                 const absl::Status& why) {
  return Write<absl::Status>([&](JobTransaction& jobs) { return jobs.Finish(job, process, state, why); });
}

absl::Status SqlJobStore::Reclaim(std::string_view job) {
  return Write<absl::Status>([&](JobTransaction& jobs) { return jobs.Reclaim(job); });
}

absl::Status SqlJobStore::Resume(std::string_view job) {
  DH_ASSIGN_OR_RETURN(const std::string queue,
                      Write<absl::StatusOr<std::string>>([&](JobTransaction& jobs) { return jobs.Resume(job); }));
  if (!queue.empty()) db_->Wake(queue);
  return absl::OkStatus();
}

absl::Status SqlJobStore::Cancel(std::string_view job) {
  return Write<absl::Status>([&](JobTransaction& jobs) { return jobs.Cancel(job); });
}

absl::Status SqlJobStore::Remove(std::string_view job) {
  return Write<absl::Status>([&](JobTransaction& jobs) { return jobs.Remove(job); });
}

absl::Status SqlJobStore::LimitQueue(std::string_view queue, uint64_t most_leases) {
  return Write<absl::Status>([&](JobTransaction& jobs) { return jobs.LimitQueue(queue, most_leases); });
}

}  // namespace datahaul

#include "job/job_run.h"

#include <chrono>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "job/closing.h"
#include "job/plan.h"
#include "job/process.h"
#include "job/schema_task.h"
#include "job/spool.h"
#include "retry/backoff.h"

namespace datahaul {
namespace {

// Who waits for the disk still holds something of its slice, so that of larger ones none is begun meanwhile.
constexpr uint64_t kSmallSlice = 16 << 20;

bool UsesSink(Phase phase) { return phase == Phase::kScan || phase == Phase::kWrite; }

// Whether closing takes the place of what was there: a job that is given up in the middle of it cannot bring that back.
bool Replaces(const JobSpec& spec) {
  const std::string_view if_exists = OptionOf(spec, "if-exists");
  return if_exists == "replace" || if_exists == "append";
}

uint64_t RecordsOf(const SchemaSketch& sketch) {
  uint64_t records = 0;
  for (const auto& [name, kind] : sketch) records += kind.records;
  return records;
}

}  // namespace

JobRun::JobRun(JobStore* store, Connectors* connectors, Clock* clock, const EngineOptions& options, const Job& job)
    : store_(store),
      connectors_(connectors),
      clock_(clock),
      options_(options),
      id_(job.id),
      spec_(job.spec),
      spool_(connectors, &spec_, job.id),
      free_cpus_(options.workers),
      jitter_(options.seed) {}

// ---- tasks

std::optional<TaskLease> JobRun::Take(const std::string& worker) {
  std::lock_guard taking(taking_);
  if (!MayTake()) return std::nullopt;
  absl::StatusOr<std::optional<TaskLease>> lease = store_->Acquire({id_, worker, options_.lease, options_.program});
  if (!lease.ok()) {
    StoreFault(lease.status());
    return std::nullopt;
  }
  if (!lease->has_value() || IsPoison(**lease)) return std::nullopt;
  if (!Register(**lease)) {
    (void)store_->GiveBack(**lease, false, 0);
    return std::nullopt;
  }
  return *std::move(lease);
}

bool JobRun::MayTake() const {
  std::lock_guard lock(mutex_);
  if (Ended() || draining_) return false;
  if (held_.empty()) return true;
  return prepared_ && !spec_.selection.limit && held_.size() < most_held_;
}

// Whoever works on such a task seems to die of it: let a person look before the next one does.
bool JobRun::IsPoison(const TaskLease& lease) {
  if (lease.task.attempts < static_cast<uint32_t>(options_.max_attempts)) return false;
  (void)store_->GiveBack(lease, false, 0);
  End(JobState::kInterrupted,
      absl::AbortedError(StrCat("working on job ", id_, ": ", lease.task.attempts, " workers in a row have left ",
                                ToString(lease.task.phase), " task ", lease.task.seq,
                                " unfinished, as killed or frozen processes do; `datahaul jobs resume ", id_,
                                "` tries again")));
  return true;
}

bool JobRun::Register(const TaskLease& lease) {
  std::lock_guard lock(mutex_);
  store_faults_ = 0;
  if (!FollowsOurs(lease)) return false;
  if (!FitsIn(lease)) {
    prepared_.reset();
    if (!held_.empty()) {
      for (auto& [task, held] : held_) held.lost |= held.lease.task.phase != lease.task.phase;
      turns_.FailAll();
      Changed();
      return false;
    }
  }
  const TaskKey task = TaskKey::Of(lease);
  if (lease.task.phase == Phase::kWrite) turns_.Enter(task);
  held_.emplace(task, Held{.lease = lease, .prepares = UsesSink(lease.task.phase) && !prepared_});
  return true;
}

// False if an earlier task is held without our knowing. Were this one placed in its stead, and this process then frozen
// until another has gone on, its late write would land on the other's output. The worker that the store takes for the
// other task's holder is idle, and frees it by taking its next.
bool JobRun::FollowsOurs(const TaskLease& lease) const {
  return !lease.follows || (!held_.empty() && held_.rbegin()->first.seq == *lease.follows);
}

// False if what this process knows of the job has become wrong.
bool JobRun::FitsIn(const TaskLease& lease) const {
  if (held_.empty()) return !UsesSink(lease.task.phase) || !prepared_ || IsPreparedFor(lease);
  if (!prepared_) return false;  // a fault has come between; the others are on their way out
  const TaskLease& last = held_.rbegin()->second.lease;
  // Another process has been at work in between, or has ended the phase, and our other leases are lost.
  if (last.epoch != lease.epoch || last.task.phase != lease.task.phase) return false;
  // A task comes late or again, because a lease expired or the store's answer was lost on its way: this slice or later
  // ones may have been placed already.
  return !InOrder(lease) || last.task.seq < lease.task.seq;
}

bool JobRun::IsPreparedFor(const TaskLease& lease) const {
  return prepared_ && prepared_->phase == lease.task.phase && prepared_->epoch == lease.epoch;
}

bool JobRun::InOrder(const TaskLease& lease) const {
  const bool limited = spec_.selection.limit.has_value();
  return (lease.task.phase == Phase::kWrite && ordered_) || (lease.task.phase == Phase::kScan && limited);
}

bool JobRun::MustGiveUp(const TaskLease& lease) const {
  std::lock_guard lock(mutex_);
  if (Ended()) return true;
  const TaskKey task = TaskKey::Of(lease);
  const auto held = held_.find(task);
  if (held == held_.end() || held->second.lost) return true;
  return ordered_ && lease.task.phase == Phase::kWrite && turns_.IsVoid(task);
}

bool JobRun::MustPause(const TaskLease& lease) const {
  std::lock_guard lock(mutex_);
  return draining_ || (InOrder(lease) && !prepared_);
}

absl::Status JobRun::Advance(TaskLease* lease, const Step& step, const std::string& first_reject) {
  const absl::Status answer = store_->Advance(lease, step);
  if (!answer.ok()) {
    Heed(TaskKey::Of(*lease), answer);
    return answer;
  }
  if (lease->task.phase == Phase::kClose) {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  Count(step, first_reject);
  if (step.done) Leave(*lease, false);
  return answer;
}

void JobRun::Count(const Step& step, const std::string& first_reject) {
  uint64_t rejected;
  std::string first;
  {
    std::lock_guard lock(mutex_);
    total_ += step.counters.Total();
    sketched_ += RecordsOf(step.sketch);
    if (first_reject_.empty()) first_reject_ = first_reject;
    rejected = total_.rejected;
    first = first_reject_;
  }
  if (rejected <= spec_.max_rejects) return;
  End(JobState::kFailed, TooManyRejects(spec_, rejected, StrCat("; the first seen: ", first)));
}

void JobRun::GiveBack(const TaskLease& lease) {
  bool lost;
  {
    std::lock_guard lock(mutex_);
    const auto held = held_.find(TaskKey::Of(lease));
    lost = held != held_.end() && held->second.lost;
  }
  // If the store fails here, the task is free again when this worker takes another, or when the lease expires.
  if (!lost) (void)store_->GiveBack(lease, false, 0);
  Leave(lease, true);
}

void JobRun::Fault(const TaskLease& lease, const absl::Status& why) {
  if (MustGiveUp(lease)) return GiveBack(lease);
  const Retry retry = RetryOf(why);
  const bool may_pass = retry == Retry::kCall || retry == Retry::kTask;
  if (may_pass && lease.task.attempts + 1 < static_cast<uint32_t>(options_.max_attempts)) {
    (void)store_->GiveBack(lease, true, Backoff(lease.task.attempts));
  } else {
    EndFor(lease, why);
  }
  Leave(lease, true);
}

// Before the end of a task that is in order: nothing that was placed behind it can stay.
void JobRun::Leave(const TaskLease& lease, bool before_end) {
  std::lock_guard lock(mutex_);
  const TaskKey task = TaskKey::Of(lease);
  if (before_end && InOrder(lease)) prepared_.reset();
  if (lease.task.phase == Phase::kWrite) {
    if (before_end && ordered_) turns_.Fail(task);
    turns_.Leave(task);
  }
  held_.erase(task);
  Changed();
}

// If the store still knows us as the task's worker. One who was overtaken must not decide a job's fate.
void JobRun::EndFor(const TaskLease& lease, const absl::Status& why) {
  TaskLease copy = lease;
  const absl::Status held = store_->Renew(&copy, options_.lease);
  if (absl::IsAborted(held)) return;
  if (absl::IsCancelled(held)) return Cancel();
  const Retry retry = RetryOf(why);
  const bool hopeless = retry == Retry::kNever || retry == Retry::kUsage;
  End(hopeless ? JobState::kFailed : JobState::kInterrupted, why);
}

void JobRun::RenewLeases() {
  std::vector<TaskLease> leases;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [task, held] : held_) {
      if (!held.lost) leases.push_back(held.lease);
    }
  }
  // Closing that ended in the middle would leave the destination half old, half new.
  for (TaskLease& lease : leases) RenewInTime(&lease, lease.task.phase != Phase::kClose).IgnoreError();
}

// Takes note of a lost lease or a cancellation in an answer of the store.
void JobRun::Heed(const TaskKey& task, const absl::Status& answer) {
  if (absl::IsCancelled(answer)) return Cancel();
  if (!absl::IsAborted(answer)) return;
  std::lock_guard lock(mutex_);
  const auto held = held_.find(task);
  if (held == held_.end()) return;
  held->second.lost = true;
  Changed();
}

void JobRun::StoreFault(const absl::Status& why) {
  const Retry retry = RetryOf(why);
  bool give_up;
  {
    std::lock_guard lock(mutex_);
    give_up = ++store_faults_ >= options_.max_attempts || (retry != Retry::kCall && retry != Retry::kTask);
  }
  if (give_up) End(JobState::kInterrupted, why);
}

Micros JobRun::Backoff(uint32_t attempt) {
  std::lock_guard lock(mutex_);
  return BackoffDelay({options_.backoff_first, options_.backoff_most}, attempt, jitter_);
}

// ---- ends

absl::Status JobRun::OpenEnds(Phase phase) {
  if (phase != Phase::kPlan) {
    DH_ASSIGN_OR_RETURN(Job job, store_->Get(id_));
    snapshot_ = std::move(job.snapshot);
  }
  if (snapshot_.spool == Snapshot::Spool::kWhole) spool_.Release();
  DH_RETURN_IF_ERROR(OpenSource(phase));
  if (sink_ == nullptr) {
    DH_ASSIGN_OR_RETURN(sink_, connectors_->OpenSink(spec_));
  }
  std::lock_guard lock(mutex_);
  ordered_ = IsOrdered(sink_->traits(), spec_);
  if (sink_->traits().slice_bytes > kSmallSlice) most_held_ = static_cast<size_t>(options_.workers);
  return absl::OkStatus();
}

absl::Status JobRun::OpenSource(Phase phase) {
  const bool reads_spool = snapshot_.spool == Snapshot::Spool::kWhole;
  if (reads_spool && phase == Phase::kClose) return absl::OkStatus();  // nobody reads it, and it may be removed already
  if (source_ != nullptr && reads_spool_ == reads_spool) return absl::OkStatus();
  DH_ASSIGN_OR_RETURN(source_, reads_spool ? spool_.OpenSource() : connectors_->OpenSource(spec_));
  reads_spool_ = reads_spool;
  return absl::OkStatus();
}

Slice::Pass JobRun::PassOf(Phase phase) const {
  const Snapshot::Spool spool = snapshot_.spool;
  if (phase == Phase::kScan && spool == Snapshot::Spool::kFilling) return Slice::Pass::kToSpool;
  return phase == Phase::kWrite && spool == Snapshot::Spool::kWhole ? Slice::Pass::kFromSpool : Slice::Pass::kOnly;
}

JobContext JobRun::Context() const {
  JobContext context;
  context.job = id_;
  context.data_dir = options_.data_dir;
  context.source = spec_.source;
  context.selection = &spec_.selection;
  return context;
}

bool JobRun::MustPrepare(const TaskLease& lease) const {
  std::lock_guard lock(mutex_);
  const auto held = held_.find(TaskKey::Of(lease));
  return held != held_.end() && held->second.prepares;
}

absl::Status JobRun::Prepare(TaskLease* lease, const Snapshot* planned) {
  JobContext context = Context();
  std::vector<Extent> committed;
  Tally total;
  uint64_t sketched = 0;
  Phase phase = lease->task.phase;
  if (planned != nullptr) {
    snapshot_ = *planned;
    phase = sink_->traits().needs_schema ? Phase::kScan : Phase::kWrite;
  } else {
    DH_ASSIGN_OR_RETURN(Job job, store_->Get(id_));
    DH_ASSIGN_OR_RETURN(committed, store_->Committed(id_));
    DH_ASSIGN_OR_RETURN(sketched, CountSketched());
    snapshot_ = std::move(job.snapshot);
    KeepSchema(&job);
    total = job.counters.Total();
    context.resumed = true;
    context.schema = columns_.schema;
  }
  const bool fills_spool = snapshot_.spool == Snapshot::Spool::kFilling;
  if (!fills_spool) context.committed = committed;
  // At the last moment: had somebody else taken over, his output would be cut off.
  context.still_held = [this, lease] { return RenewInTime(lease, true); };
  DH_RETURN_IF_ERROR(sink_->Prepare(context));
  if (fills_spool) {
    context.committed = committed;
    DH_RETURN_IF_ERROR(spool_.Prepare(context));
  }
  std::lock_guard lock(mutex_);
  prepared_ = Prepared{phase, lease->epoch};
  total_ = total;
  sketched_ = sketched;
  Changed();
  return absl::OkStatus();
}

absl::StatusOr<Step> JobRun::MakePlan() {
  return datahaul::MakePlan(*source_, sink_->traits(), spec_, options_.scan_bytes);
}

void JobRun::KeepSchema(Job* job) {
  if (schema_ || !job->schema) return;
  columns_.schema = &schema_.emplace(*std::move(job->schema));
  if (DriftOptionOf(spec_) != OnDrift::kSetAside) return;
  columns_.set_aside = [this](const Record& record) { return connectors_->BytesOf(record); };
}

// 0 without a limit, which is what it is for.
absl::StatusOr<uint64_t> JobRun::CountSketched() {
  if (!spec_.selection.limit) return 0;
  DH_ASSIGN_OR_RETURN(const SchemaSketch sketch, store_->Sketch(id_));
  return RecordsOf(sketch);
}

absl::StatusOr<Step> JobRun::PlanSchema(TaskLease* lease) {
  DH_ASSIGN_OR_RETURN(const Job job, store_->Get(id_));
  DH_ASSIGN_OR_RETURN(SchemaSketch sketch, store_->Sketch(id_));
  std::optional<Schema> earlier;
  if (!OptionOf(spec_, "against").empty()) {
    DH_ASSIGN_OR_RETURN(earlier, connectors_->EarlierSchema(spec_));
  }
  DH_ASSIGN_OR_RETURN(Step step, MakeSchema(job, std::move(sketch), earlier));
  if (job.snapshot.spool != Snapshot::Spool::kFilling) return step;
  DH_RETURN_IF_ERROR(OpenEnds(Phase::kSchema));
  DH_RETURN_IF_ERROR(CheckPromises(job, source_->traits(), &step));
  DH_RETURN_IF_ERROR(RenewInTime(lease, true));
  DH_ASSIGN_OR_RETURN(const std::vector<Extent> committed, store_->Committed(id_));
  JobContext context = Context();
  context.committed = committed;
  context.resumed = true;
  DH_RETURN_IF_ERROR(spool_.MakeWhole(job, context, &step));
  return step;
}

absl::Status JobRun::Continue(const TaskLease& lease) {
  const Phase phase = lease.task.phase;
  const bool writes = phase == Phase::kWrite || PassOf(phase) == Slice::Pass::kToSpool;
  // Of an ordered sink, Prepare has seen to it.
  if (!writes || lease.task.slice == 0 || SinkOf(phase).traits().ordered) return absl::OkStatus();
  DH_ASSIGN_OR_RETURN(const std::vector<Extent> committed, store_->Committed(id_));
  return SinkOf(phase).Continue({id_, lease.task.seq, lease.task.slice}, committed);
}

absl::Status JobRun::RenewInTime(TaskLease* lease, bool may_cancel) {
  absl::Status held = store_->Renew(lease, options_.lease);
  if (absl::IsCancelled(held) && !may_cancel) return absl::OkStatus();
  if (!held.ok()) Heed(TaskKey::Of(*lease), held);
  return held;
}

absl::Status JobRun::Close(TaskLease* lease, Step* step) {
  // The last moment at which the job can be cancelled; who began to close it may have replaced things already.
  DH_RETURN_IF_ERROR(RenewInTime(lease, lease->fence == 1 || !Replaces(spec_)));
  DH_ASSIGN_OR_RETURN(Job job, store_->Get(id_));
  const bool spooled = job.snapshot.spool == Snapshot::Spool::kWhole;
  DH_ASSIGN_OR_RETURN(*step, spooled ? CheckSumsOfSpooled(job) : CheckSums(job, source_->traits()));
  DH_ASSIGN_OR_RETURN(const std::vector<Extent> committed, store_->Committed(id_));
  AddTo(job.counters, step->counters);
  JobContext context = Context();
  context.committed = committed;
  context.resumed = true;
  context.counters = &job.counters;
  context.digests = &job.digests;
  KeepSchema(&job);
  context.schema = columns_.schema;
  context.notes = step->snapshot ? step->snapshot->notes : job.snapshot.notes;
  // Its receipt speaks of the same bytes as those of the slices: there is nothing to add to the job's extents.
  DH_RETURN_IF_ERROR(sink_->Close(context, Outcome::kSucceeded).status());
  return spooled ? spool_.RemoveUsed(Context()) : absl::OkStatus();
}

uint64_t JobRun::Room(const TaskLease& lease) const {
  // What is in a spool is within the limit, and what was rejected with the last of its records lies behind that one.
  if (!spec_.selection.limit || PassOf(lease.task.phase) == Slice::Pass::kFromSpool) return Slice::kNoLimit;
  std::lock_guard lock(mutex_);
  const uint64_t taken = lease.task.phase == Phase::kScan ? sketched_ : total_.written;
  return *spec_.selection.limit > taken ? *spec_.selection.limit - taken : 0;
}

// ---- order and CPUs

Turn JobRun::ToPlace(const TaskLease& lease) const {
  std::lock_guard lock(mutex_);
  const bool in_turn = ordered_ && lease.task.phase == Phase::kWrite;
  return in_turn ? turns_.ToPlace(TaskKey::Of(lease)) : Turn::kNow;
}

void JobRun::PlacedAll(const TaskLease& lease) {
  std::lock_guard lock(mutex_);
  turns_.PlacedAll(TaskKey::Of(lease));
  Changed();
}

Turn JobRun::ToAdvance(const TaskLease& lease) const {
  std::lock_guard lock(mutex_);
  return ordered_ ? turns_.ToAdvance(TaskKey::Of(lease)) : Turn::kNow;
}

bool JobRun::TakeCpu() {
  std::lock_guard lock(mutex_);
  if (free_cpus_ == 0) return false;
  --free_cpus_;
  return true;
}

void JobRun::ReturnCpu() {
  std::lock_guard lock(mutex_);
  ++free_cpus_;
  Changed();
}

// ---- the end

void JobRun::Stop() {
  End(JobState::kInterrupted,
      WithRetry(absl::CancelledError(StrCat("interrupted; `datahaul jobs resume ", id_, "` goes on")), Retry::kTask));
}

void JobRun::Drain() {
  std::lock_guard lock(mutex_);
  draining_ = true;
  Changed();
}

bool JobRun::holds_tasks() const {
  std::lock_guard lock(mutex_);
  return !held_.empty();
}

absl::Status JobRun::BeginCancelled(const Job& job) {
  if (job.phase != Phase::kClose || !Replaces(spec_)) {
    Cancel();
    return absl::OkStatus();
  }
  return job.state == JobState::kInterrupted ? store_->Resume(id_) : absl::OkStatus();
}

void JobRun::Cancel() { End(JobState::kCancelled, absl::CancelledError("cancelled")); }

void JobRun::Observe(const Job& job) {
  if (job.cancel_requested && job.phase != Phase::kClose) Cancel();
  if (IsTerminal(job.state) || job.state == JobState::kInterrupted) Stop();
}

void JobRun::End(JobState state, absl::Status why) {
  std::lock_guard lock(mutex_);
  if (Ended()) return;
  verdict_ = Verdict{state, std::move(why)};
  stop_.request_stop();
  Changed();
}

bool JobRun::ended() const {
  std::lock_guard lock(mutex_);
  return Ended() || draining_;
}

absl::StatusOr<Job> JobRun::Conclude() {
  absl::Status finished = FinishInStore();
  if (!finished.ok() && !absl::IsAborted(finished)) return finished;
  DH_ASSIGN_OR_RETURN(Job job, store_->Get(id_));
  if (job.state != JobState::kFailed && job.state != JobState::kCancelled) return job;
  // After, not before: only now is it certain that no other process goes on with the job.
  if (const absl::Status discarded = Discard(job); !discarded.ok()) {
    StrAppend(&job.error, "; removing what it left failed: ", Message(discarded), "; `datahaul jobs gc` tries again");
  }
  return job;
}

absl::Status JobRun::FinishInStore() {
  std::optional<Verdict> verdict;
  {
    std::lock_guard lock(mutex_);
    if (!closed_) verdict = verdict_;
  }
  if (!verdict) return absl::OkStatus();
  for (uint32_t attempt = 0;; ++attempt) {
    const absl::Status finished = store_->Finish(id_, options_.process, verdict->state, verdict->why);
    const bool may_pass = RetryOf(finished) == Retry::kCall || RetryOf(finished) == Retry::kTask;
    if (finished.ok() || absl::IsAborted(finished) || !may_pass) return finished;
    if (attempt + 1 >= static_cast<uint32_t>(options_.max_attempts)) return finished;
    clock_->Sleep(Backoff(attempt));
  }
}

absl::Status JobRun::Discard(const Job& job) {
  if (sink_ == nullptr) {
    absl::StatusOr<std::unique_ptr<Sink>> sink = connectors_->OpenSink(spec_);
    // A sink that could never be opened holds nothing of a job that was never planned.
    if (!sink.ok()) return job.phase == Phase::kPlan ? absl::OkStatus() : sink.status();
    sink_ = *std::move(sink);
  }
  DH_ASSIGN_OR_RETURN(const std::vector<Extent> committed, store_->Committed(id_));
  const bool fills_spool = job.snapshot.spool == Snapshot::Spool::kFilling;
  JobContext context = Context(), of_spool = Context();
  (fills_spool ? of_spool : context).committed = committed;
  context.resumed = true;
  if (job.schema) context.schema = &*job.schema;
  DH_RETURN_IF_ERROR(sink_->Close(context, Outcome::kDiscarded).status());
  return spool_.Discard(job, of_spool);
}

void JobRun::Changed() {
  ++changes_;
  changed_.notify_all();
}

uint64_t JobRun::changes() const {
  std::lock_guard lock(mutex_);
  return changes_;
}

void JobRun::WaitForChange(uint64_t seen, Micros most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::microseconds(most), [&] { return changes_ != seen; });
}

}  // namespace datahaul

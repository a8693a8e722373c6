#include "job/worker.h"

#include <utility>

#include "base/status.h"
#include "base/stop.h"

namespace datahaul {

Worker::Worker(JobRun* run, std::string name) : run_(run), name_(std::move(name)) {}

Worker::~Worker() { DropWork(); }

Worker::Progress Worker::Step() {
  if (!lease_) return TakeTask();
  if (run_->MustGiveUp(*lease_)) {
    DropWork();
    run_->GiveBack(*lease_);
    EndTask();
    return Progress::kWorked;
  }
  const StopScope scope(run_->stop());
  const absl::StatusOr<Progress> progress = Work();
  if (progress.ok()) return *progress;
  DropWork();
  run_->Fault(*lease_, progress.status());
  EndTask();
  return Progress::kWorked;
}

absl::StatusOr<Worker::Progress> Worker::Work() {
  absl::Status status;
  switch (stage_) {
    case Stage::kScan:
      return Scan();
    case Stage::kRead:
      return Read();
    case Stage::kPlace:
      return Place();
    case Stage::kAdvance:
      return Advance();
    case Stage::kPlan:
      status = Plan();
      break;
    case Stage::kPrepare:
      status = Prepare();
      break;
    case Stage::kOpen:
      status = Open();
      break;
    case Stage::kSchema:
      status = PlanSchema();
      break;
    case Stage::kFinish:
      status = Finish();
      break;
    case Stage::kCommit:
      status = Commit();
      break;
    case Stage::kClose:
      status = Close();
      break;
    case Stage::kIdle:
      break;
  }
  if (!status.ok()) return status;
  return Progress::kWorked;
}

Worker::Progress Worker::TakeTask() {
  if (run_->ended()) return Progress::kDone;
  lease_ = run_->Take(name_);
  if (!lease_) return Progress::kWaiting;
  step_ = {};
  switch (lease_->task.phase) {
    case Phase::kPlan:
      stage_ = Stage::kPlan;
      break;
    case Phase::kSchema:
      stage_ = Stage::kSchema;
      break;
    case Phase::kScan:
    case Phase::kWrite:
      stage_ = run_->MustPrepare(*lease_) ? Stage::kPrepare : Stage::kOpen;
      break;
    case Phase::kClose:
      stage_ = Stage::kClose;
      break;
  }
  return Progress::kWorked;
}

absl::Status Worker::Plan() {
  DH_RETURN_IF_ERROR(run_->OpenEnds(Phase::kPlan));
  DH_ASSIGN_OR_RETURN(step_, run_->MakePlan());
  stage_ = Stage::kPrepare;
  return absl::OkStatus();
}

absl::Status Worker::Prepare() {
  DH_RETURN_IF_ERROR(run_->OpenEnds(lease_->task.phase));
  const bool planning = lease_->task.phase == Phase::kPlan;
  DH_RETURN_IF_ERROR(run_->Prepare(&*lease_, planning ? &*step_.snapshot : nullptr));
  stage_ = planning ? Stage::kAdvance : Stage::kOpen;
  return absl::OkStatus();
}

absl::Status Worker::Open() {
  const Task& task = lease_->task;
  DH_RETURN_IF_ERROR(run_->Continue(*lease_));
  DH_ASSIGN_OR_RETURN(reader_, run_->source().Open(run_->snapshot(), task.partition, task.cursor));
  batch_pending_ = false;
  BeginSlice();
  return absl::OkStatus();
}

void Worker::BeginSlice() {
  const Task& task = lease_->task;
  step_ = {};
  step_.cursor = task.cursor;
  const Slice::Pass pass = run_->PassOf(task.phase);
  if (task.phase == Phase::kScan && pass != Slice::Pass::kToSpool) {
    scan_.emplace(&run_->spec().selection, run_->scan_size().slice, run_->Room(*lease_));
    stage_ = Stage::kScan;
    return;
  }
  slice_.emplace(&run_->SinkOf(task.phase), &run_->spec().selection, SliceId{run_->id(), task.seq, task.slice},
                 lease_->fence, run_->Room(*lease_), &run_->columns(), pass);
  stage_ = Stage::kRead;
}

absl::StatusOr<Worker::Progress> Worker::Scan() {
  if (!HasCpu()) return Progress::kWaiting;
  if (scan_->limit_reached()) {
    step_.done = step_.ends_phase = true;
  } else {
    DH_RETURN_IF_ERROR(ReadBatch(&step_.done));
  }
  if (step_.done || scan_->full()) {
    scan_->Describe(&step_);
    ReturnCpu();
    stage_ = Stage::kAdvance;
    return Progress::kWorked;
  }
  scan_->Add(&batch_);
  batch_pending_ = false;
  step_.cursor = batch_.cursor;
  return Progress::kWorked;
}

absl::Status Worker::PlanSchema() {
  DH_ASSIGN_OR_RETURN(step_, run_->PlanSchema(&*lease_));
  stage_ = Stage::kAdvance;
  return absl::OkStatus();
}

// A slice ends before the batch that comes after the one that filled it: so the end of the reader is seen in time, and
// the last slice knows that it is the last.
absl::StatusOr<Worker::Progress> Worker::Read() {
  if (!HasCpu()) return Progress::kWaiting;
  if (slice_->limit_reached()) {
    step_.done = step_.ends_phase = true;
  } else {
    DH_RETURN_IF_ERROR(ReadBatch(&step_.done));
  }
  if (step_.done || slice_->full()) {
    stage_ = Stage::kFinish;
    return Progress::kWorked;
  }
  DH_RETURN_IF_ERROR(slice_->Add(&batch_));
  batch_pending_ = false;
  step_.cursor = batch_.cursor;
  return Progress::kWorked;
}

absl::Status Worker::ReadBatch(bool* end) {
  if (!batch_pending_) DH_RETURN_IF_ERROR(reader_->Read(&batch_));
  batch_pending_ = true;
  *end = batch_.empty() && batch_.input_bytes == 0;
  return absl::OkStatus();
}

absl::Status Worker::Finish() {
  slice_->Describe(&step_);
  if (Writer* writer = slice_->writer(); writer != nullptr) {
    DH_RETURN_IF_ERROR(writer->Finish());
    if (lease_->task.phase == Phase::kWrite) writer->AddCounters(&step_.counters);
    stage_ = Stage::kPlace;
  } else {
    if (step_.done) run_->PlacedAll(*lease_);
    stage_ = Stage::kAdvance;
  }
  ReturnCpu();
  return absl::OkStatus();
}

absl::StatusOr<Worker::Progress> Worker::Place() {
  if (run_->ToPlace(*lease_) != Turn::kNow) return Progress::kWaiting;
  DH_RETURN_IF_ERROR(slice_->writer()->Place());
  if (step_.done) run_->PlacedAll(*lease_);
  stage_ = Stage::kCommit;
  return Progress::kWorked;
}

absl::Status Worker::Commit() {
  DH_ASSIGN_OR_RETURN(step_.receipt, slice_->writer()->Commit());
  uint64_t bytes = 0;
  for (const Extent& extent : step_.receipt->extents) bytes += extent.length;
  const bool writes = lease_->task.phase == Phase::kWrite;
  if (bytes != 0) step_.counters.named[writes ? "bytes_out" : "spooled_bytes"] = bytes;
  stage_ = Stage::kAdvance;
  return absl::OkStatus();
}

absl::StatusOr<Worker::Progress> Worker::Advance() {
  if (lease_->task.phase == Phase::kWrite && run_->ToAdvance(*lease_) != Turn::kNow) return Progress::kWaiting;
  const std::string first_reject = slice_ ? slice_->first_reject() : "";
  if (step_.done) DropWork();  // before the task is left: no Writer may be alive when the sink is prepared again
  DH_RETURN_IF_ERROR(run_->Advance(&*lease_, step_, first_reject));
  AfterAdvance();
  return Progress::kWorked;
}

void Worker::AfterAdvance() {
  if (step_.done) return EndTask();
  scan_.reset();
  slice_.reset();
  if (run_->MustPause(*lease_)) {
    DropWork();
    run_->GiveBack(*lease_);
    return EndTask();
  }
  BeginSlice();
}

absl::Status Worker::Close() {
  DH_RETURN_IF_ERROR(run_->OpenEnds(Phase::kClose));
  DH_RETURN_IF_ERROR(run_->Close(&*lease_, &step_));
  stage_ = Stage::kAdvance;
  return absl::OkStatus();
}

void Worker::EndTask() {
  lease_.reset();
  stage_ = Stage::kIdle;
}

void Worker::DropWork() {
  scan_.reset();
  slice_.reset();
  reader_.reset();
  ReturnCpu();
}

void Worker::ReturnCpu() {
  if (has_cpu_) run_->ReturnCpu();
  has_cpu_ = false;
}

}  // namespace datahaul

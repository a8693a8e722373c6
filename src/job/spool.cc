#include "job/spool.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "job/plan.h"

namespace datahaul {
namespace {

// What it holds of each kind.
absl::StatusOr<Counters> CountSpooled(const Job& job) {
  Counters spooled;
  for (const auto& [name, tally] : job.counters.kinds) {
    const auto found = job.digests.find(name);
    const uint64_t records = found == job.digests.end() ? 0 : found->second.records;
    if (tally.read != records + tally.filtered + tally.rejected) {
      return InternalError(StrCat("closing the spool of job ", job.id, ": kind ", name.kind, " of namespace \"",
                                  name.ns, "\": ", tally.read, " records read, but ", records, " spooled + ",
                                  tally.filtered, " filtered + ", tally.rejected, " rejected; please report this"));
    }
    if (records != 0) spooled.kinds[name] = {.read = records, .written = records};
  }
  return spooled;
}

}  // namespace

absl::Status Spool::Open() {
  if (sink_ != nullptr) return absl::OkStatus();
  DH_ASSIGN_OR_RETURN(const JobSpec spec, connectors_.SpoolOf(spec_, job_));
  DH_ASSIGN_OR_RETURN(sink_, connectors_.OpenSink(spec));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Source>> Spool::OpenSource() const {
  DH_ASSIGN_OR_RETURN(const JobSpec spec, connectors_.SpoolOf(spec_, job_));
  return connectors_.OpenSource(spec);
}

absl::Status Spool::Prepare(const JobContext& context) {
  DH_RETURN_IF_ERROR(Open());
  return sink_->Prepare(context);
}

// From then on the job reads the spool, and what receipts and digests say is of its output.
absl::Status Spool::MakeWhole(const Job& job, JobContext context, Step* step) {
  DH_RETURN_IF_ERROR(Open());
  DH_ASSIGN_OR_RETURN(const Counters spooled, CountSpooled(job));
  context.counters = &spooled;
  context.digests = &job.digests;
  DH_RETURN_IF_ERROR(sink_->Close(context, Outcome::kSucceeded).status());
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, OpenSource());
  // What is selected is all that is in it.
  DH_ASSIGN_OR_RETURN(Snapshot whole, source->Begin({}));
  // The least that can be asked for: what one task has put in is what it hands out in one piece.
  DH_RETURN_IF_ERROR(AddTasks(*source, {}, whole, Phase::kWrite, 1, &step->children));
  step->snapshot->state = std::move(whole.state);
  step->snapshot->spool = Snapshot::Spool::kWhole;
  step->snapshot->spooled = job.digests;
  step->drops_receipts = true;
  return absl::OkStatus();
}

absl::Status Spool::RemoveUsed(JobContext context) {
  absl::Status removed = Remove(std::move(context));
  const Retry retry = RetryOf(removed);
  const bool hopeless = retry == Retry::kNever || retry == Retry::kUsage;
  return !removed.ok() && hopeless ? WithRetry(std::move(removed), Retry::kTask) : removed;
}

absl::Status Spool::Discard(const Job& job, JobContext context) {
  // Planning may have prepared one without being heard of again; where there is no place for it, it has not.
  const bool may_be_there = job.phase == Phase::kPlan && connectors_.SpoolOf(spec_, job_).ok();
  if (job.snapshot.spool == Snapshot::Spool::kNone && !may_be_there) return absl::OkStatus();
  return Remove(std::move(context));
}

absl::Status Spool::Remove(JobContext context) {
  DH_RETURN_IF_ERROR(Open());
  context.resumed = true;
  return sink_->Close(context, Outcome::kDiscarded).status();
}

}  // namespace datahaul

#include "job/plan.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr uint64_t kMostScanTasks = 1024, kScanSlices = 4;

}  // namespace

// The namespaces of the source one after the other, each split into shards.
absl::Status AddTasks(Source& source, const Selection& selection, const Snapshot& snapshot, Phase phase,
                      uint64_t target_bytes, std::vector<Task>* tasks) {
  uint64_t seq = 0;
  DH_ASSIGN_OR_RETURN(const std::vector<Partition> namespaces,
                      source.Split(snapshot, selection, nullptr, "", target_bytes));
  for (const Partition& whole : namespaces) {
    DH_ASSIGN_OR_RETURN(std::vector<Partition> shards, source.Split(snapshot, selection, &whole, "", target_bytes));
    for (Partition& shard : shards) {
      tasks->push_back({.seq = seq++, .phase = phase, .partition = std::move(shard)});
    }
  }
  return absl::OkStatus();
}

bool IsSpooled(const SourceTraits& source, const SinkTraits& sink, const JobSpec& spec) {
  if (!sink.needs_schema) return false;
  const std::string_view option = OptionOf(spec, "spool");
  return option == "always" || (option != "never" && source.rescan != SourceTraits::Rescan::kCheap);
}

std::vector<Phase> PhasesOf(const SinkTraits& sink) {
  if (!sink.needs_schema) return {Phase::kPlan, Phase::kWrite, Phase::kClose};
  return {Phase::kPlan, Phase::kScan, Phase::kSchema, Phase::kWrite, Phase::kClose};
}

absl::Status CheckEnds(const SourceTraits& source, const SinkTraits& sink, const JobSpec& spec) {
  const bool once = source.rescan == SourceTraits::Rescan::kNever;
  if (!sink.needs_schema || !once || IsSpooled(source, sink, spec)) return absl::OkStatus();
  return UsageError(
      StrCat("planning the columns of ", spec.source, ": ", OptionOf(spec, "format"),
             " needs to know all records before it writes the first, and this source can be read only "
             "once; without --spool never its records are kept in between, where the output is a folder"));
}

bool IsOrdered(const SinkTraits& sink, const JobSpec& spec) { return sink.ordered || spec.selection.limit.has_value(); }

ScanSize ScanSizeOf(const Snapshot& snapshot, uint64_t least_task_bytes) {
  const uint64_t task = std::max(least_task_bytes, snapshot.bytes / kMostScanTasks);
  return {task, task / kScanSlices};
}

absl::StatusOr<Step> MakePlan(Source& source, const SinkTraits& sink, const JobSpec& spec, uint64_t scan_bytes) {
  Step step;
  DH_RETURN_IF_ERROR(CheckEnds(source.traits(), sink, spec));
  DH_ASSIGN_OR_RETURN(Snapshot snapshot, source.Begin(spec.selection));
  const bool spooled = IsSpooled(source.traits(), sink, spec);
  if (spooled) snapshot.spool = Snapshot::Spool::kFilling;
  if (sink.needs_schema) {
    // What such a task puts into a spool is written by one task, too.
    const uint64_t task = std::max(ScanSizeOf(snapshot, scan_bytes).task, spooled ? sink.slice_bytes : 0);
    DH_RETURN_IF_ERROR(AddTasks(source, spec.selection, snapshot, Phase::kScan, task, &step.children));
    step.children.push_back({.phase = Phase::kSchema});
  }
  if (!spooled) {
    DH_RETURN_IF_ERROR(AddTasks(source, spec.selection, snapshot, Phase::kWrite, sink.slice_bytes, &step.children));
  }
  if (spec.selection.limit) {
    snapshot.notes.push_back(StrCat("--limit ", *spec.selection.limit, ": counts are not checked against the source"));
  }
  step.snapshot = std::move(snapshot);
  step.ordered = IsOrdered(sink, spec);
  step.ordered_scan = spec.selection.limit.has_value();
  step.done = true;
  return step;
}

}  // namespace datahaul

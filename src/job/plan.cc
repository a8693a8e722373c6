#include "job/plan.h"

#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

bool IsOrdered(const SinkTraits& sink, const JobSpec& spec) { return sink.ordered || spec.selection.limit.has_value(); }

absl::StatusOr<Step> MakePlan(Source& source, const SinkTraits& sink, const JobSpec& spec) {
  Step step;
  DH_ASSIGN_OR_RETURN(Snapshot snapshot, source.Begin(spec.selection));
  DH_ASSIGN_OR_RETURN(const std::vector<Partition> namespaces,
                      source.Split(snapshot, spec.selection, nullptr, "", sink.slice_bytes));
  for (const Partition& whole : namespaces) {
    DH_ASSIGN_OR_RETURN(std::vector<Partition> shards,
                        source.Split(snapshot, spec.selection, &whole, "", sink.slice_bytes));
    for (Partition& shard : shards) {
      Task& task = step.children.emplace_back();
      task.phase = Phase::kWrite;
      task.seq = step.children.size() - 1;
      task.partition = std::move(shard);
    }
  }
  if (spec.selection.limit) {
    snapshot.notes.push_back(StrCat("--limit ", *spec.selection.limit, ": counts are not checked against the source"));
  }
  step.snapshot = std::move(snapshot);
  step.ordered = IsOrdered(sink, spec);
  step.done = true;
  return step;
}

}  // namespace datahaul

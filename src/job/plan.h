// The first task of every job: find out what there is to do.
#ifndef DATAHAUL_JOB_PLAN_H_
#define DATAHAUL_JOB_PLAN_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "model/sink.h"
#include "model/source.h"

namespace datahaul {

// How much of the source one scan task, and one step of it, should read. Both grow with the source, so that the number
// of steps, each of which merges a sketch in the store, is bounded. On the way into a spool a step is a slice of the
// sink's size, as it is held in memory: there the number of tasks is bounded, that of steps grows with the source.
struct ScanSize {
  uint64_t task;
  uint64_t slice;
};
ScanSize ScanSizeOf(const Snapshot& snapshot, uint64_t least_task_bytes);

// Whether the source's records go into a spool while they are scanned, and are written from there: where they are
// needed twice, and the source is costly to read twice or can't be, unless the option "spool" says "always" or "never".
bool IsSpooled(const SourceTraits& source, const SinkTraits& sink, const JobSpec& spec);

// The phases of a job into such a sink, in order.
std::vector<Phase> PhasesOf(const SinkTraits& sink);
// An error if records can't go from such a source to such a sink.
absl::Status CheckEnds(const SourceTraits& source, const SinkTraits& sink, const JobSpec& spec);

// A task for each shard of about `target_bytes`, in source order.
absl::Status AddTasks(Source& source, const Selection& selection, const Snapshot& snapshot, Phase phase,
                      uint64_t target_bytes, std::vector<Task>* tasks);

// The step that ends planning: the snapshot, and one write task a shard, in source order; where the sink needs a
// schema, scan tasks of at least `scan_bytes` and the schema task as well. With a spool the write tasks come later,
// when it is whole. Reads no records.
absl::StatusOr<Step> MakePlan(Source& source, const SinkTraits& sink, const JobSpec& spec, uint64_t scan_bytes);

// Whether the slices of a job have one order and one process at a time: the sink asks for it, or the selection has a
// limit ("the first N" needs an order). A scan has an order for the sake of a limit alone.
bool IsOrdered(const SinkTraits& sink, const JobSpec& spec);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_PLAN_H_

// The first task of every job: find out what there is to do.
#ifndef DATAHAUL_JOB_PLAN_H_
#define DATAHAUL_JOB_PLAN_H_

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "model/sink.h"
#include "model/source.h"

namespace datahaul {

// The step that ends planning: the snapshot, and one write task a shard, in source order. Reads no records.
absl::StatusOr<Step> MakePlan(Source& source, const SinkTraits& sink, const JobSpec& spec);

// Whether the slices of a job have one order and one process at a time: the sink asks for it, or the selection has a
// limit
// ("the first N" needs an order).
bool IsOrdered(const SinkTraits& sink, const JobSpec& spec);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_PLAN_H_

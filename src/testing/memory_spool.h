// What a MemorySink that spools has published, as a source.
#ifndef DATAHAUL_TESTING_MEMORY_SPOOL_H_
#define DATAHAUL_TESTING_MEMORY_SPOOL_H_

#include <string>
#include <utility>
#include <vector>

#include "model/source.h"
#include "testing/fault.h"
#include "testing/memory_destination.h"
#include "testing/memory_source.h"

namespace datahaul {

// A partition for each object, in the order of shard and slice. Calls asked for faults: those of MemorySource, as
// "spool.begin" and so on. `data` is of the source that was spooled; all must outlive it.
class MemorySpool final : public Source {
 public:
  MemorySpool(const MemoryData* data, MemoryDestination* destination, FaultHook fault = {})
      : data_(data), destination_(destination), fault_(std::move(fault)) {}
  const SourceTraits& traits() const override { return traits_; }
  absl::StatusOr<Snapshot> Begin(const Selection& selection) override;
  absl::StatusOr<std::vector<Partition>> Split(const Snapshot& snapshot, const Selection& selection,
                                               const Partition* rest, const Cursor& after,
                                               uint64_t target_bytes) override;
  absl::StatusOr<std::unique_ptr<Reader>> Open(const Snapshot& snapshot, const Partition& partition,
                                               const Cursor& resume_after) override;

 private:
  const MemoryData* const data_;
  MemoryDestination* const destination_;
  const FaultHook fault_;
  const SourceTraits traits_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_MEMORY_SPOOL_H_

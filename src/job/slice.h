// One slice at work: batches go in; output, counters and digests come out.
#ifndef DATAHAUL_JOB_SLICE_H_
#define DATAHAUL_JOB_SLICE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "job/job_store.h"
#include "job/slot_table.h"
#include "model/sink.h"

namespace datahaul {

// Not safe for concurrent use.
class Slice {
 public:
  static constexpr uint64_t kNoLimit = ~uint64_t{0};

  // `sink` and `selection` must outlive the slice. At most `room` records are taken.
  Slice(Sink* sink, const Selection* selection, SliceId id, Fence fence, uint64_t room);

  // Counts, selects, digests and writes the batch. Numbers its records' kinds, and takes rejects of kinds that are not
  // selected out of it.
  absl::Status Add(RecordBatch* batch);
  // True when the slice should end here. Depends on the data alone.
  bool full() const { return input_bytes_ >= sink_->traits().slice_bytes || (writer_ != nullptr && writer_->full()); }
  bool limit_reached() const { return room_ == 0; }

  // Null while there is nothing to write.
  Writer* writer() { return writer_.get(); }
  const std::string& first_reject() const { return first_reject_; }  // its reason; "" if there is none
  // Sets the step's counters and digests.
  void Describe(Step* step) const;

 private:
  absl::Status TakeRecords(RecordBatch* batch);
  void CountRejects(RecordBatch* batch);
  absl::Status Write(const RecordBatch& batch);

  Sink* const sink_;
  const SliceId id_;
  const Fence fence_;
  uint64_t room_;
  SlotTable slots_;
  std::vector<uint32_t> rows_;
  std::vector<Hash128> hashes_;
  std::unique_ptr<Writer> writer_;
  uint64_t input_bytes_ = 0, payload_bytes_ = 0, lost_ranges_ = 0, lost_bytes_ = 0;
  std::string first_reject_;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SLICE_H_

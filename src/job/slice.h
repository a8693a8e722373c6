// One slice at work: batches go in; output, counters and digests come out.
#ifndef DATAHAUL_JOB_SLICE_H_
#define DATAHAUL_JOB_SLICE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "job/slot_table.h"
#include "model/schema.h"
#include "model/sink.h"
#include "schema/sketcher.h"

namespace datahaul {

// Not safe for concurrent use.
class Slice {
 public:
  static constexpr uint64_t kNoLimit = ~uint64_t{0};

  // How often the records come by: once; or twice, into a spool and out of it. What there is to count of the source is
  // counted where it is read, what was written where it reaches the job's sink.
  enum class Pass : uint8_t { kOnly, kToSpool, kFromSpool };

  // What records must fit.
  struct Columns {
    const Schema* schema = nullptr;  // null: there are none
    // With it, records that don't fit become rejects, with these bytes; without, all are known to fit, and kinds that
    // the schema does not have are DATA_LOSS.
    std::function<absl::StatusOr<std::string>(const Record&)> set_aside;
  };

  // `sink`, `selection` and `columns` must outlive the slice. At most `room` records are taken.
  Slice(Sink* sink, const Selection* selection, SliceId id, Fence fence, uint64_t room, const Columns* columns,
        Pass pass = Pass::kOnly);

  // Counts, selects, digests and writes the batch. Numbers its records' kinds, and takes rejects of kinds that are not
  // selected out of it.
  absl::Status Add(RecordBatch* batch);
  // True when the slice should end here. Depends on the data alone.
  bool full() const { return input_bytes_ >= sink_->traits().slice_bytes || (writer_ != nullptr && writer_->full()); }
  bool limit_reached() const { return room_ == 0; }

  // Null while there is nothing to write.
  Writer* writer() { return writer_.get(); }
  const std::string& first_reject() const { return first_reject_; }  // its reason; "" if there is none
  // Sets the step's counters and digests, and on the way into a spool its sketch. Called once, at the end.
  void Describe(Step* step);

 private:
  absl::Status TakeRecords(RecordBatch* batch);
  absl::StatusOr<bool> Fits(const Record& record, const RecordBatch& batch);
  absl::Status SetAside(const Record& record, const std::string& object, const KindSchema* schema);
  const KindSchema* SchemaOf(uint32_t slot);
  void CountRejects(RecordBatch* batch);
  absl::Status Write(const RecordBatch& batch);

  Sink* const sink_;
  const SliceId id_;
  const Fence fence_;
  uint64_t room_;
  const Columns* const columns_;
  const Pass pass_;
  SlotTable slots_;
  Sketcher sketcher_;                       // kToSpool
  std::vector<const KindSchema*> schemas_;  // by slot; null: there is none for such a kind
  std::vector<Reject> misfits_;             // of the current batch
  std::vector<uint32_t> rows_;
  std::vector<Hash128> hashes_;
  std::unique_ptr<Writer> writer_;
  uint64_t input_bytes_ = 0, payload_bytes_ = 0, lost_ranges_ = 0, lost_bytes_ = 0;
  std::string first_reject_;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SLICE_H_

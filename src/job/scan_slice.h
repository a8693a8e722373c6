// One slice of a scan at work: batches go in, a sketch of what is selected comes out.
#ifndef DATAHAUL_JOB_SCAN_SLICE_H_
#define DATAHAUL_JOB_SCAN_SLICE_H_

#include <cstdint>

#include "job/job_store.h"
#include "job/slot_table.h"
#include "model/record.h"
#include "model/selection.h"
#include "schema/sketcher.h"

namespace datahaul {

// What can't be read is passed over: writing meets it again, and reports it. Not safe for concurrent use.
class ScanSlice {
 public:
  // `selection` must outlive the slice, which ends after about `bytes` of input. At most `room` records are taken.
  ScanSlice(const Selection* selection, uint64_t bytes, uint64_t room)
      : bytes_(bytes), room_(room), slots_(selection) {}

  // Numbers the records' kinds.
  void Add(RecordBatch* batch);
  bool full() const { return input_bytes_ >= bytes_; }
  bool limit_reached() const { return room_ == 0; }
  // Sets the step's sketch, and how much was scanned. Called once, at the end.
  void Describe(Step* step);

 private:
  const uint64_t bytes_;
  uint64_t room_;
  uint64_t input_bytes_ = 0;
  SlotTable slots_;
  Sketcher sketcher_;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SCAN_SLICE_H_

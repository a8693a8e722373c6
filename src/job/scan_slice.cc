#include "job/scan_slice.h"

#include "job/slice.h"

namespace datahaul {

void ScanSlice::Add(RecordBatch* batch) {
  input_bytes_ += batch->input_bytes;
  for (Record& record : batch->records) {
    if (room_ == 0) return;
    record.slot = slots_.Find(record.key->ns, record.key->kind());
    if (!slots_[record.slot].selected) continue;
    sketcher_.Add(record);
    if (room_ != Slice::kNoLimit) --room_;
  }
}

void ScanSlice::Describe(Step* step) {
  step->sketch = sketcher_.Take();
  if (input_bytes_ != 0) step->counters.named["scanned_bytes"] = input_bytes_;
}

}  // namespace datahaul

#include "job/slice.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

Slice::Slice(Sink* sink, const Selection* selection, SliceId id, Fence fence, uint64_t room)
    : sink_(sink), id_(std::move(id)), fence_(fence), room_(room), slots_(selection) {}

absl::Status Slice::Add(RecordBatch* batch) {
  DH_RETURN_IF_ERROR(TakeRecords(batch));
  CountRejects(batch);
  for (const LostRange& range : batch->lost) lost_bytes_ += range.end - range.begin;
  lost_ranges_ += batch->lost.size();
  input_bytes_ += batch->input_bytes;
  payload_bytes_ += batch->payload_bytes;
  return Write(*batch);
}

absl::Status Slice::TakeRecords(RecordBatch* batch) {
  const bool accepts_deletes = sink_->traits().accepts_deletes;
  rows_.clear();
  for (uint32_t row = 0; row < batch->records.size() && room_ > 0; ++row) {
    Record& record = batch->records[row];
    record.slot = slots_.Find(record.key->ns, record.key->kind());
    SlotTable::Slot& slot = slots_[record.slot];
    ++slot.tally.read;
    if (!slot.selected) {
      ++slot.tally.filtered;
      continue;
    }
    if (record.op == Op::kDelete && !accepts_deletes) {
      return UsageError(
          StrCat("writing kind ", slot.name.kind, ": the source has a delete, which this sink can't carry out"));
    }
    ++slot.tally.written;
    rows_.push_back(row);
    if (room_ != kNoLimit) --room_;
  }
  return absl::OkStatus();
}

void Slice::CountRejects(RecordBatch* batch) {
  std::erase_if(batch->rejects, [this](const Reject& reject) {
    SlotTable::Slot& slot = slots_[slots_.Find(reject.ns, reject.kind)];
    ++slot.tally.read;
    // Where the kind could not be told, the record may be one of those asked for.
    const bool selected = slot.selected || reject.kind.empty();
    ++(selected ? slot.tally.rejected : slot.tally.filtered);
    if (selected && first_reject_.empty()) first_reject_ = reject.reason;
    return !selected;
  });
}

absl::Status Slice::Write(const RecordBatch& batch) {
  if (rows_.empty() && batch.rejects.empty() && batch.lost.empty()) return absl::OkStatus();
  if (writer_ == nullptr) {
    DH_ASSIGN_OR_RETURN(writer_, sink_->Open(id_, fence_));
  }
  hashes_.resize(rows_.size());
  DH_RETURN_IF_ERROR(writer_->Write(batch, rows_, hashes_));
  for (size_t i = 0; i < rows_.size(); ++i) slots_[batch.records[rows_[i]].slot].digest.Add(hashes_[i]);
  return absl::OkStatus();
}

void Slice::Describe(Step* step) const {
  for (const SlotTable::Slot& slot : slots_.slots()) {
    step->counters.kinds[slot.name] = slot.tally;
    if (slot.digest.records != 0) step->digests[slot.name] = slot.digest;
  }
  if (input_bytes_ != 0) step->counters.named["bytes_in"] = input_bytes_;
  if (payload_bytes_ != 0) step->counters.named["payload_bytes"] = payload_bytes_;
  if (lost_ranges_ != 0) step->counters.named["lost_ranges"] = lost_ranges_;
  if (lost_bytes_ != 0) step->counters.named["lost_bytes"] = lost_bytes_;
}

}  // namespace datahaul

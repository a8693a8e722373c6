#include "job/slice.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "schema/fit.h"

namespace datahaul {
namespace {

absl::Status HasChanged(const KindName& name) {
  return DataError(StrCat("writing kind ", name.kind, " of namespace \"", name.ns,
                          "\": the source had no such records when the columns were planned; it has changed since: "
                          "copy it anew"));
}

// For messages: the last part of the key.
std::string NameOf(const Key& key) {
  const PathElement& last = key.path[key.size - 1];
  switch (last.id) {
    case PathElement::Id::kNumber:
      return StrCat(last.kind, " ", last.number);
    case PathElement::Id::kName:
      return StrCat(last.kind, " \"", last.name, "\"");
    case PathElement::Id::kIncomplete:
      break;
  }
  return StrCat(last.kind, " without an id");
}

}  // namespace

Slice::Slice(Sink* sink, const Selection* selection, SliceId id, Fence fence, uint64_t room, const Columns* columns,
             Pass pass)
    : sink_(sink), id_(std::move(id)), fence_(fence), room_(room), columns_(columns), pass_(pass), slots_(selection) {}

absl::Status Slice::Add(RecordBatch* batch) {
  DH_RETURN_IF_ERROR(TakeRecords(batch));
  if (pass_ != Pass::kFromSpool) CountRejects(batch);
  for (Reject& misfit : misfits_) batch->rejects.push_back(std::move(misfit));
  misfits_.clear();
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
    if (columns_->schema != nullptr) {
      DH_ASSIGN_OR_RETURN(const bool fits, Fits(record, *batch));
      if (!fits) continue;
    }
    ++slot.tally.written;
    if (pass_ == Pass::kToSpool) sketcher_.Add(record);
    rows_.push_back(row);
    if (room_ != kNoLimit) --room_;
  }
  return absl::OkStatus();
}

// False if it was set aside.
absl::StatusOr<bool> Slice::Fits(const Record& record, const RecordBatch& batch) {
  const KindSchema* schema = SchemaOf(record.slot);
  if (columns_->set_aside == nullptr) {
    if (schema == nullptr) return HasChanged(slots_[record.slot].name);
    return true;
  }
  if (schema != nullptr && datahaul::Fits(record, *schema)) return true;
  DH_RETURN_IF_ERROR(SetAside(record, batch.object, schema));
  return false;
}

absl::Status Slice::SetAside(const Record& record, const std::string& object, const KindSchema* schema) {
  SlotTable::Slot& slot = slots_[record.slot];
  ++slot.tally.rejected;
  Reject& reject = misfits_.emplace_back();
  reject.object = object;
  reject.offset = record.offset;
  reject.ns = slot.name.ns;
  reject.kind = slot.name.kind;
  reject.reason = StrCat("writing ", NameOf(*record.key), " with the earlier columns: ",
                         schema == nullptr ? "there are none for its kind" : WhyMisfit(record, *schema));
  DH_ASSIGN_OR_RETURN(const std::string bytes, columns_->set_aside(record));
  reject.Keep(bytes);
  if (first_reject_.empty()) first_reject_ = reject.reason;
  return absl::OkStatus();
}

const KindSchema* Slice::SchemaOf(uint32_t slot) {
  while (schemas_.size() <= slot) {
    const KindName& name = slots_[static_cast<uint32_t>(schemas_.size())].name;
    schemas_.push_back(columns_->schema->Find(name.ns, name.kind));
  }
  return schemas_[slot];
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

void Slice::Describe(Step* step) {
  for (const SlotTable::Slot& slot : slots_.slots()) {
    Tally& tally = step->counters.kinds[slot.name] = slot.tally;
    if (pass_ == Pass::kToSpool) tally.written = 0;
    if (pass_ == Pass::kFromSpool) tally.read = 0;
    if (slot.digest.records != 0) step->digests[slot.name] = slot.digest;
  }
  if (pass_ == Pass::kToSpool) step->sketch = sketcher_.Take();
  if (pass_ == Pass::kFromSpool) return;
  if (input_bytes_ != 0) step->counters.named["bytes_in"] = input_bytes_;
  if (payload_bytes_ != 0) step->counters.named["payload_bytes"] = payload_bytes_;
  if (lost_ranges_ != 0) step->counters.named["lost_ranges"] = lost_ranges_;
  if (lost_bytes_ != 0) step->counters.named["lost_bytes"] = lost_bytes_;
}

}  // namespace datahaul

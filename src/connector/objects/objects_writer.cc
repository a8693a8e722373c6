#include "connector/objects/objects_writer.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/reject_line.h"

namespace datahaul {

ObjectsWriter::ObjectsWriter(SliceTarget* target, BufferPool* pool, std::unique_ptr<Encoder> encoder,
                             Compression compression, FileLayout layout, std::string extension, const SliceStamp& stamp,
                             size_t full_bytes)
    : target_(target),
      encoder_(std::move(encoder)),
      layout_(layout),
      extension_(std::move(extension)),
      full_bytes_(full_bytes),
      slice_(pool, compression, stamp) {}

ObjectsWriter::~ObjectsWriter() {
  if (state_ == State::kPlaced) target_->Abandon();
}

absl::Status ObjectsWriter::Write(const RecordBatch& batch, std::span<const uint32_t> rows, std::span<Hash128> hashes) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const Record& record = batch.records[rows[i]];
    ByteBuffer* out = slice_.Begin(PieceOf(record));
    DH_RETURN_IF_ERROR(encoder_->Append(record, out, &hashes[i]));
    slice_.CountRecord();
  }
  if (target_->keeps_rejects()) WriteRejects(batch);
  slice_.Flush();
  return absl::OkStatus();
}

uint32_t ObjectsWriter::FindPiece(const Record& record) {
  const std::string_view ns = record.key->ns, kind = record.key->kind();
  std::string object = DataFileName(layout_, ns, kind, slice_.stamp().shard, extension_);
  const auto [at, is_new] = piece_of_object_.try_emplace(object, 0);
  if (is_new) {
    Extent extent;
    extent.object = std::move(object);
    extent.mixed = layout_ != FileLayout::kKind;
    if (!extent.mixed) {
      extent.ns = ns;
      extent.kind = kind;
    }
    at->second = slice_.AddPiece(std::move(extent), true);
  }
  if (piece_of_slot_.size() <= record.slot) piece_of_slot_.resize(record.slot + 1, kUnknown);
  piece_of_slot_[record.slot] = at->second;
  return at->second;
}

void ObjectsWriter::WriteRejects(const RecordBatch& batch) {
  if (batch.rejects.empty() && batch.lost.empty()) return;
  if (rejects_ == kUnknown) {
    Extent extent;
    extent.object = kRejectsName;
    extent.mixed = true;
    rejects_ = slice_.AddPiece(std::move(extent), false);
  }
  ByteBuffer* out = slice_.Begin(rejects_);
  for (const Reject& reject : batch.rejects) AppendRejectLine(reject, out);
  for (const LostRange& lost : batch.lost) AppendLostRangeLine(lost, out);
}

absl::Status ObjectsWriter::Finish() {
  DH_RETURN_IF_ERROR(encoder_->Finish([this](uint32_t slot) { return slice_.Begin(piece_of_slot_[slot]); }));
  return slice_.Finish();
}

absl::Status ObjectsWriter::Place() {
  if (state_ != State::kOpen) return InternalError("placing a slice: expected Place once, after Finish");
  DH_RETURN_IF_ERROR(target_->Place(&slice_));
  state_ = State::kPlaced;
  return absl::OkStatus();
}

absl::StatusOr<Receipt> ObjectsWriter::Commit() {
  if (state_ != State::kPlaced) return InternalError("committing a slice: expected Commit once, after Place");
  state_ = State::kEnded;
  DH_RETURN_IF_ERROR(target_->Write(&slice_));
  return Receipt{slice_.Extents(), ""};
}

}  // namespace datahaul

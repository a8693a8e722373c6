#include "connector/objects/discard_target.h"

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace datahaul {

absl::Status DiscardTarget::Prepare(const JobContext& context) {
  DH_RETURN_IF_ERROR(context.StillHeld());
  std::lock_guard lock(mutex_);
  ends_.clear();
  for (const Extent& extent : context.committed) {
    uint64_t& end = ends_[extent.object];
    end = std::max(end, extent.offset + extent.length);
  }
  return absl::OkStatus();
}

absl::Status DiscardTarget::Place(EncodedSlice* slice) {
  std::lock_guard lock(mutex_);
  for (Piece& piece : slice->pieces()) {
    if (piece.extent.length == 0) continue;
    uint64_t& end = ends_[piece.extent.object];
    if (end == 0 && head_->joins() && !piece.extent.mixed) {
      DH_ASSIGN_OR_RETURN(std::string head, head_->Of({piece.extent.ns, piece.extent.kind}));
      EncodedSlice::Prepend(std::move(head), &piece);
    }
    piece.extent.offset = end;
    end += piece.extent.length;
  }
  return absl::OkStatus();
}

absl::Status DiscardTarget::Write(EncodedSlice* slice) {
  slice->Release();
  return absl::OkStatus();
}

}  // namespace datahaul

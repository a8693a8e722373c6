#include "connector/objects/discard_target.h"

#include <algorithm>

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
    uint64_t& end = ends_[piece.extent.object];
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

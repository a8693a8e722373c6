#include "connector/objects/encoded_slice.h"

#include <utility>

#include "base/status.h"
#include "io/checksum.h"

namespace datahaul {

uint32_t EncodedSlice::AddPiece(Extent extent, bool compressed) {
  Piece& piece = pieces_.emplace_back();
  piece.extent = std::move(extent);
  piece.compressed = compressed && compression_ != Compression::kNone;
  return static_cast<uint32_t>(pieces_.size() - 1);
}

void EncodedSlice::Switch(uint32_t piece) {
  if (current_ != kNone && bytes_.size() > run_begin_) {
    Piece& last = pieces_[current_];
    if (!last.runs.empty() && last.runs.back().end == run_begin_) {
      last.runs.back().end = bytes_.size();
    } else {
      last.runs.push_back({run_begin_, bytes_.size()});
    }
    last.extent.length += bytes_.size() - run_begin_;
    if (!last.compressed) {
      last.extent.crc32c = Crc32c(bytes_.view().substr(run_begin_), last.extent.crc32c);
    }
  }
  current_ = piece;
  run_begin_ = bytes_.size();
}

std::string_view EncodedSlice::Gather(const Piece& piece, ByteBuffer* scratch) const {
  if (piece.runs.size() == 1) return View(piece.runs[0]);
  scratch->clear();
  for (const Piece::Run& run : piece.runs) scratch->Append(View(run));
  return scratch->view();
}

absl::Status EncodedSlice::Finish() {
  Flush();
  if (compression_ == Compression::kNone) return absl::OkStatus();
  ByteBuffer packed = pool_->Take(), scratch = pool_->Take();
  for (Piece& piece : pieces_) {
    const size_t begin = packed.size();
    const std::string_view plain = Gather(piece, &scratch);
    if (piece.compressed) {
      DH_RETURN_IF_ERROR(CompressMember(compression_, kDefaultLevel, plain, &packed));
    } else {
      packed.Append(plain);
    }
    piece.runs = {{begin, packed.size()}};
    piece.extent.length = packed.size() - begin;
    piece.extent.crc32c = Crc32c(packed.view().substr(begin));
  }
  std::swap(bytes_, packed);
  pool_->Give(std::move(packed));
  pool_->Give(std::move(scratch));
  return absl::OkStatus();
}

void EncodedSlice::Prepend(std::string head, Piece* piece) {
  piece->extent.crc32c = Crc32cCombine(Crc32c(head), piece->extent.crc32c, piece->extent.length);
  piece->extent.length += head.size();
  piece->head = std::move(head);
}

std::vector<std::string_view> EncodedSlice::Views(const Piece& piece) const {
  std::vector<std::string_view> views;
  views.reserve(piece.runs.size() + 1);
  if (!piece.head.empty()) views.push_back(piece.head);
  for (const Piece::Run& run : piece.runs) views.push_back(View(run));
  return views;
}

std::vector<Extent> EncodedSlice::Extents() const {
  std::vector<Extent> extents;
  extents.reserve(pieces_.size());
  for (const Piece& piece : pieces_) {
    if (piece.extent.length > 0) extents.push_back(piece.extent);
  }
  return extents;
}

void EncodedSlice::Release() {
  pool_->Give(std::move(bytes_));
  bytes_ = ByteBuffer();
}

}  // namespace datahaul

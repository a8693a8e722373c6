#ifndef DATAHAUL_CONNECTOR_OBJECTS_ENCODED_SLICE_H_
#define DATAHAUL_CONNECTOR_OBJECTS_ENCODED_SLICE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "base/bytes.h"
#include "connector/objects/buffer_pool.h"
#include "io/compress.h"
#include "model/receipt.h"
#include "model/sink.h"

namespace datahaul {

// A slice's part of one object: `extent` as it will be promised, and where its bytes are.
struct Piece {
  struct Run {
    size_t begin = 0, end = 0;  // in the slice's buffer
  };
  Extent extent;
  bool compressed = false;  // is to be, or has been
  std::string head;         // stands before all runs: what begins the object
  std::vector<Run> runs;    // in order; one at most once compressed
  // In buckets, once placed: which piece of the object's upload it is; none: it is staged.
  std::optional<uint32_t> number;
};

// Which slice of a job it is, and by which right it is written.
struct SliceStamp {
  uint64_t shard = 0;
  uint64_t slice = 0;
  Fence fence = 0;
};

// A slice as encoded bytes in memory. All of it is in one buffer, in the order of its records, with a list of runs for
// each object: ten thousand objects cost no more memory than one. Not safe for concurrent use.
class EncodedSlice {
 public:
  // `pool` must outlive the slice.
  EncodedSlice(BufferPool* pool, Compression compression, const SliceStamp& stamp)
      : pool_(pool), compression_(compression), stamp_(stamp), bytes_(pool->Take()) {}
  ~EncodedSlice() { Release(); }
  EncodedSlice(const EncodedSlice&) = delete;
  EncodedSlice& operator=(const EncodedSlice&) = delete;

  // Adds a piece, to be named by its number from now on.
  uint32_t AddPiece(Extent extent, bool compressed);

  // Where to append the next record of `piece`; valid until the next call.
  ByteBuffer* Begin(uint32_t piece) {
    if (piece != current_) Switch(piece);
    return &bytes_;
  }
  void CountRecord() { ++pieces_[current_].extent.records; }
  // Ends what has been appended since Begin: to be called after each batch, while its bytes are still in the cache.
  void Flush() { Switch(kNone); }

  // Compresses and sums up; afterwards lengths and checksums are final, but for heads.
  absl::Status Finish();
  // After Finish: puts `head`, as it is, before all else in the piece.
  static void Prepend(std::string head, Piece* piece);

  const SliceStamp& stamp() const { return stamp_; }
  size_t held() const { return bytes_.size(); }
  std::vector<Piece>& pieces() { return pieces_; }
  const std::vector<Piece>& pieces() const { return pieces_; }
  std::string_view View(const Piece::Run& run) const { return bytes_.view().substr(run.begin, run.end - run.begin); }
  std::vector<std::string_view> Views(const Piece& piece) const;
  std::vector<Extent> Extents() const;

  void Release();  // gives the memory back; pieces keep their extents

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  void Switch(uint32_t piece);
  std::string_view Gather(const Piece& piece, ByteBuffer* scratch) const;

  BufferPool* const pool_;
  const Compression compression_;
  const SliceStamp stamp_;
  ByteBuffer bytes_;
  std::vector<Piece> pieces_;
  uint32_t current_ = kNone;
  size_t run_begin_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_ENCODED_SLICE_H_

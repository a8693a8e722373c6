#ifndef DATAHAUL_CONNECTOR_OBJECTS_PIECE_NUMBERS_H_
#define DATAHAUL_CONNECTOR_OBJECTS_PIECE_NUMBERS_H_

#include <algorithm>
#include <cstdint>
#include <optional>

namespace datahaul {

// What an upload's pieces may be, in bytes and number.
struct PieceLimits {
  uint64_t least_bytes = 1;  // but for the last
  uint64_t most_bytes = UINT64_MAX;
  uint32_t most_pieces = UINT32_MAX;
};

// How the bytes of an object become pieces of its upload: what comes is a piece if it is large enough, or else staged.
// What has been staged between two pieces is a run; it is made pieces when the object is published, for which it gets
// numbers as soon as it ends. A function of the lengths alone, so that every process finds the same.
class PieceNumbers {
 public:
  // An object that begins with `begin` bytes of an older one: pieces of that, then a run with the rest.
  explicit PieceNumbers(const PieceLimits& limits, uint64_t begin = 0)
      : limits_(limits), run_(begin - CopiedBytesOf(limits, begin)), next_(CopiedPiecesOf(limits, begin)) {}

  // How much of an older object's `begin` bytes is copied by itself, and in how many pieces: large objects, in pieces
  // as large as leave half of all numbers for what comes behind.
  static uint64_t CopiedBytesOf(const PieceLimits& limits, uint64_t begin) {
    return CopiedPiecesOf(limits, begin) == 0 ? 0 : begin - limits.least_bytes;
  }
  static uint64_t CopiedPiecesOf(const PieceLimits& limits, uint64_t begin) {
    const uint64_t half = limits.most_pieces / 2;
    return begin / limits.least_bytes > half ? half : 0;
  }

  // How many pieces a run of so many bytes becomes: none below the least, none twice as large.
  static uint64_t PiecesOf(const PieceLimits& limits, uint64_t run) {
    return run == 0 ? 0 : std::max<uint64_t>(1, run / limits.least_bytes);
  }

  // Adds the next bytes. Their number as a piece; none if they are to be staged. Check fits() then.
  std::optional<uint32_t> Add(uint64_t length) {
    const bool large = length >= limits_.least_bytes && length <= limits_.most_bytes;
    if (!large || (run_ != 0 && run_ < limits_.least_bytes)) {
      run_ += length;
      return std::nullopt;
    }
    next_ += PiecesOf(limits_, run_);
    run_ = 0;
    return static_cast<uint32_t>(next_++);
  }
  // Whether there are numbers for all that was added.
  bool fits() const { return next_ + PiecesOf(limits_, run_) <= limits_.most_pieces; }
  // The number of the first piece that the current run becomes.
  uint64_t next() const { return next_; }

 private:
  PieceLimits limits_;
  uint64_t run_;   // bytes staged since the last piece
  uint64_t next_;  // number
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_PIECE_NUMBERS_H_

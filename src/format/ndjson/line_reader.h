// Whole lines of a byte range, some at a time.
#ifndef DATAHAUL_FORMAT_NDJSON_LINE_READER_H_
#define DATAHAUL_FORMAT_NDJSON_LINE_READER_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

#include "base/bytes.h"
#include "io/byte_reader.h"

namespace datahaul {

// Reads each byte once, and forward. A line belongs to the range that it begins in, so that ranges which adjoin have
// every line once. Not safe for concurrent use.
class LineReader {
 public:
  static constexpr size_t kLongestLine = 64 << 20;

  // The lines that begin in [begin, end) of `reader`, which must outlive this. About `chunk` bytes are read at a time.
  LineReader(const ByteReader* reader, uint64_t begin, uint64_t end, uint64_t chunk);

  // Replaces what `lines` holds with the next whole lines, line ends included (the object's last line may have none);
  // nothing after the last line. kSlack zero bytes follow them. DATA_LOSS if a line is longer than kLongestLine.
  absl::Status Next(ByteBuffer* lines);

  // Where in the object the lines of the last Next() begin.
  uint64_t offset() const { return offset_; }

 private:
  absl::Status SkipPartialLine();
  // Appends up to `size` bytes of the object.
  absl::Status ReadMore(size_t size, ByteBuffer* lines);
  // How many bytes of `lines` are whole lines of the range; 0 if that takes more input. Sets done_ if no line follows.
  size_t WholeLines(const ByteBuffer& lines);
  size_t NextStep(const ByteBuffer& lines) const;

  const ByteReader* const reader_;
  const uint64_t end_;
  const size_t chunk_;
  uint64_t offset_;      // of the lines given out last
  uint64_t position_;    // of the next byte to read
  ByteBuffer rest_;      // the beginning of the next line, read already
  bool must_skip_;       // the range may begin inside a line that is another range's
  bool at_end_ = false;  // of the object
  bool done_ = false;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_LINE_READER_H_

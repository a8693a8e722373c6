// Streaming decompression, one compressed format behind each implementation.
#ifndef DATAHAUL_IO_STREAM_DECOMPRESSOR_H_
#define DATAHAUL_IO_STREAM_DECOMPRESSOR_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "io/compress.h"

namespace datahaul {

// Decompresses members (gzip) or frames (zstd) that follow each other. Not safe for concurrent use.
class StreamDecompressor {
 public:
  struct Progress {
    size_t consumed = 0;
    size_t produced = 0;
    const char* damage = nullptr;  // what is wrong with the input at `consumed`, else null
  };

  virtual ~StreamDecompressor() = default;

  // Goes as far as `in` and the room at `out` allow.
  virtual Progress Decompress(std::string_view in, char* out, size_t room) = 0;
  // True when all members begun so far are complete, checksums included: the input may end here.
  virtual bool between_members() const = 0;
  // Back to the beginning of the first member.
  virtual void Reset() = 0;
};

// Null for kNone, or if there is not enough memory.
std::unique_ptr<StreamDecompressor> NewStreamDecompressor(Compression compression);

}  // namespace datahaul

#endif  // DATAHAUL_IO_STREAM_DECOMPRESSOR_H_

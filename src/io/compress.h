// Compression in pieces that can be made in parallel: gzip members and zstd frames may simply follow each other.
#ifndef DATAHAUL_IO_COMPRESS_H_
#define DATAHAUL_IO_COMPRESS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"

#include "base/bytes.h"

namespace datahaul {

enum class Compression : uint8_t { kNone, kGzip, kZstd };

// As in --compression: none, gzip, zstd.
std::string_view CompressionName(Compression compression);
std::optional<Compression> ParseCompression(std::string_view name);

// What is added to a file's name, with the dot; "" for none.
std::string_view CompressionSuffix(Compression compression);
// Judged by the name alone; kNone where no suffix is known.
Compression CompressionOfFile(std::string_view name);

// gzip takes levels 1 to 12, zstd 1 to 19.
inline constexpr int kDefaultLevel = 0;

// Appends `in`, compressed as one whole gzip member or one zstd frame (with its content size and a checksum), to `out`;
// for kNone, `in` itself. The same input and level give the same bytes. INVALID_ARGUMENT if the level is out of range.
// Each thread keeps the compressor it used last for every compression: at most some 10 MB.
absl::Status CompressMember(Compression compression, int level, std::string_view in, ByteBuffer* out);

}  // namespace datahaul

#endif  // DATAHAUL_IO_COMPRESS_H_

// Compressed bytes, read as if they were not.
#ifndef DATAHAUL_IO_DECOMPRESSING_READER_H_
#define DATAHAUL_IO_DECOMPRESSING_READER_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"

#include "io/byte_reader.h"
#include "io/compress.h"

namespace datahaul {

// size() of a reader whose end has not been seen yet.
inline constexpr uint64_t kUnknownSize = UINT64_MAX;

// The decompressed bytes of `compressed` (which must outlive the reader): gzip members or zstd frames, one or more
// after each other; an object of no bytes has none. Made for reading forward: the last 128 KiB at least are kept, going
// back further begins anew. size() is kUnknownSize until a read has met the end, then exact. Memory: 320 KiB, and for
// zstd the frame's window.
//
// Damage, an end inside a member, and anything else behind the last member are DATA_LOSS, with the offset in
// `compressed`. Checksums stand behind the bytes they prove: a member's bytes are handed out before its checksum has
// been seen, and the error follows when reading on.
//
// Safe for concurrent use (readers wait for each other). UsageError for kNone.
absl::StatusOr<std::unique_ptr<ByteReader>> NewDecompressingReader(const ByteReader* compressed,
                                                                   Compression compression);

}  // namespace datahaul

#endif  // DATAHAUL_IO_DECOMPRESSING_READER_H_

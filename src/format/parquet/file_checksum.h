// The checksum over a whole Parquet file of ours. Parquet's own leave out the footer and the heads of pages, where a
// flipped bit may go unnoticed.
#ifndef DATAHAUL_FORMAT_PARQUET_FILE_CHECKSUM_H_
#define DATAHAUL_FORMAT_PARQUET_FILE_CHECKSUM_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "io/byte_reader.h"

namespace datahaul {

// The key of the file's metadata whose value is the CRC-32C of all its bytes, as hexadecimal digits that count as
// kNoChecksum.
inline constexpr char kChecksumKey[] = "datahaul.crc32c";
inline constexpr char kNoChecksum[] = "00000000";

// Puts the checksum in its place in `tail`, the end of a file that was written with kNoChecksum, footer included; `crc`
// is that of all before. INTERNAL if there is no place.
absl::Status SealFile(uint32_t crc, std::string* tail);

// True if the file holds a checksum of its bytes, false if it holds none; *sum becomes DATA_LOSS if it is a wrong one.
// DATA_LOSS for a file that does not end as Parquet files do. Reads all of it, if it holds one.
absl::StatusOr<bool> CheckFile(const ByteReader& reader, absl::Status* sum);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_FILE_CHECKSUM_H_

// CRC-32C (Castagnoli), the checksum of LevelDB logs, object stores and our manifests.
#ifndef DATAHAUL_IO_CHECKSUM_H_
#define DATAHAUL_IO_CHECKSUM_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_views.h"

namespace datahaul {

// CRC-32C of `data` appended to bytes whose CRC-32C is `crc` (0 for none).
uint32_t Crc32c(std::string_view data, uint32_t crc = 0);
uint32_t Crc32cOf(const ByteViews& data);

// CRC-32C of A followed by B, from crc(A), crc(B) and the length of B. O(log length).
uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b);

}  // namespace datahaul

#endif  // DATAHAUL_IO_CHECKSUM_H_

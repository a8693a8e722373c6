#ifndef DATAHAUL_OBJECTS_AZURE_CRC64_H_
#define DATAHAUL_OBJECTS_AZURE_CRC64_H_

#include <cstdint>

#include "base/byte_views.h"

namespace datahaul {

// The checksum that Azure checks bodies by (x-ms-content-crc64): CRC-64/NVME.
uint64_t Crc64(const ByteViews& bytes);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_CRC64_H_

#ifndef DATAHAUL_OBJECTS_AZURE_CRC64_H_
#define DATAHAUL_OBJECTS_AZURE_CRC64_H_

#include <cstdint>
#include <string_view>

namespace datahaul {

// The checksum that Azure checks bodies by (x-ms-content-crc64): CRC-64/NVME.
uint64_t Crc64(std::string_view bytes);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_CRC64_H_

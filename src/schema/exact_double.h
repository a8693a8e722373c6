#ifndef DATAHAUL_SCHEMA_EXACT_DOUBLE_H_
#define DATAHAUL_SCHEMA_EXACT_DOUBLE_H_

#include <bit>
#include <cstdint>

namespace datahaul {

// Whether a double holds `integer` exactly.
inline bool IsExactDouble(int64_t integer) {
  const uint64_t size = integer < 0 ? -static_cast<uint64_t>(integer) : static_cast<uint64_t>(integer);
  return size == 0 || std::bit_width(size) - std::countr_zero(size) <= 53;
}

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_EXACT_DOUBLE_H_

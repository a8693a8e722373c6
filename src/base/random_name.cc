#include "base/random_name.h"

#include <cstdint>
#include <random>

#include "base/text.h"

namespace datahaul {

std::string RandomName(size_t digits) {
  std::random_device device;
  std::string bytes;
  while (bytes.size() < digits / 2) {
    const uint32_t drawn = device();
    bytes.append(reinterpret_cast<const char*>(&drawn), sizeof drawn);
  }
  return Hex(bytes);
}

}  // namespace datahaul

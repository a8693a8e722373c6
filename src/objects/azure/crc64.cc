#include "objects/azure/crc64.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "base/bytes.h"

namespace datahaul {
namespace {

constexpr uint64_t kPolynomial = 0x9A6C9329AC4BC9B5;  // with its lowest power first

// Of a byte that n others follow, for n = 0 to 7: eight bytes are taken at once.
struct Tables {
  std::array<std::array<uint64_t, 256>, 8> after{};
  constexpr Tables() {
    for (uint64_t byte = 0; byte < 256; ++byte) {
      uint64_t crc = byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
      after[0][byte] = crc;
    }
    for (size_t n = 1; n < 8; ++n) {
      for (size_t byte = 0; byte < 256; ++byte) {
        const uint64_t crc = after[n - 1][byte];
        after[n][byte] = (crc >> 8) ^ after[0][crc & 255];
      }
    }
  }
};
constexpr Tables kTables;

// Of `bytes` behind those that `crc` is of; without the inversions of its first and last value.
uint64_t Extend(uint64_t crc, std::string_view bytes) {
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const uint64_t word = crc ^ LoadLE<uint64_t>(bytes.data());
    crc = 0;
    for (size_t i = 0; i < 8; ++i) crc ^= kTables.after[7 - i][(word >> (8 * i)) & 255];
  }
  for (const char c : bytes) crc = (crc >> 8) ^ kTables.after[0][(crc ^ static_cast<unsigned char>(c)) & 255];
  return crc;
}

}  // namespace

uint64_t Crc64(const ByteViews& bytes) {
  uint64_t crc = ~uint64_t{0};
  for (const std::string_view view : bytes.views()) crc = Extend(crc, view);
  return ~crc;
}

}  // namespace datahaul

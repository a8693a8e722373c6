#include "io/checksum.h"

#include <array>

#include <isa-l/crc.h>

namespace datahaul {
namespace {

// CRCs are polynomials over GF(2), bit-reflected; appending n zero bytes multiplies by x^(8n) modulo kPolynomial.
constexpr uint32_t kPolynomial = 0x82F63B78;

constexpr uint32_t Multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = 1u << 31; bit != 0; bit >>= 1) {
    if (a & bit) product ^= b;
    b = b & 1 ? (b >> 1) ^ kPolynomial : b >> 1;
  }
  return product;
}

// x^(8 * 2^i), for i = 0..63.
constexpr std::array<uint32_t, 64> Powers() {
  std::array<uint32_t, 64> powers{};
  powers[0] = 1u << 23;  // x^8
  for (int i = 1; i < 64; ++i) powers[i] = Multiply(powers[i - 1], powers[i - 1]);
  return powers;
}
constexpr std::array<uint32_t, 64> kPowers = Powers();

}  // namespace

uint32_t Crc32c(std::string_view data, uint32_t crc) {
  // ISA-L takes int lengths and leaves the inversions to the caller.
  const auto* p = reinterpret_cast<unsigned char*>(const_cast<char*>(data.data()));
  size_t left = data.size();
  crc = ~crc;
  while (left > 0) {
    const size_t step = left < (size_t{1} << 30) ? left : size_t{1} << 30;
    crc = crc32_iscsi(const_cast<unsigned char*>(p), static_cast<int>(step), crc);
    p += step;
    left -= step;
  }
  return ~crc;
}

uint32_t Crc32cOf(const ByteViews& data) {
  uint32_t crc = 0;
  for (const std::string_view view : data.views()) crc = Crc32c(view, crc);
  return crc;
}

uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b) {
  uint32_t shifted = crc_a;
  for (int i = 0; length_b != 0; ++i, length_b >>= 1) {
    if (length_b & 1) shifted = Multiply(kPowers[i], shifted);
  }
  return shifted ^ crc_b;
}

}  // namespace datahaul

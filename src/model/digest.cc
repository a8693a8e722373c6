#include "model/digest.h"

#include "base/text.h"

namespace datahaul {

std::string Hash128::ToHex() const {
  std::string bytes(16, '\0');
  for (int i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<char>(low >> (56 - 8 * i));
  }
  return Hex(bytes);
}

std::optional<Hash128> Hash128::FromHex(std::string_view text) {
  const auto bytes = UnHex(text);
  if (!bytes || bytes->size() != 16) return std::nullopt;
  Hash128 hash;
  for (int i = 0; i < 8; ++i) {
    hash.high = hash.high << 8 | static_cast<unsigned char>((*bytes)[i]);
    hash.low = hash.low << 8 | static_cast<unsigned char>((*bytes)[8 + i]);
  }
  return hash;
}

void AddTo(Digests& sum, const Digests& more) {
  for (const auto& [name, digest] : more) sum[name] += digest;
}

}  // namespace datahaul

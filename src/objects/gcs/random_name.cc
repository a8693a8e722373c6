#include "objects/gcs/random_name.h"

#include <random>

#include "base/bytes.h"
#include "base/text.h"

namespace datahaul {

std::string RandomGcsName() {
  std::random_device random;
  char bytes[16];
  for (size_t i = 0; i < sizeof bytes; i += 4) StoreLE<uint32_t>(bytes + i, random());
  return Hex({bytes, sizeof bytes});
}

}  // namespace datahaul

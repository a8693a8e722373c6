#ifndef DATAHAUL_OBJECTS_PIECES_H_
#define DATAHAUL_OBJECTS_PIECES_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"

#include "model/object_store.h"

namespace datahaul {

// What an object of these pieces has.
struct Whole {
  uint64_t size = 0;
  uint32_t crc32c = 0;
};
Whole WholeOf(std::span<const UploadPiece> pieces);

// INTERNAL if their numbers do not rise. `uri`, of the object, is for the message.
absl::Status CheckOrder(std::string_view uri, std::span<const UploadPiece> pieces);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_PIECES_H_

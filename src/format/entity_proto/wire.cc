#include "format/entity_proto/wire.h"

namespace datahaul::wire {

bool Input::ReadLongVarint(uint64_t* value) {
  uint64_t result = 0;
  for (int shift = 0; shift < 70 && next < end; shift += 7) {
    const uint64_t byte = static_cast<unsigned char>(*next++);
    if (shift == 63 && byte > 1) return false;
    result |= (byte & 127) << shift;
    if (byte < 128) {
      *value = result;
      return true;
    }
  }
  return false;
}

bool Input::Skip(uint32_t tag, int depth) {
  uint64_t number;
  std::string_view bytes;
  switch (tag & 7) {
    case kVarint:
      return ReadVarint(&number);
    case kFixed64:
      return ReadFixed64(&number);
    case kBytes:
      return ReadBytes(&bytes);
    case kFixed32:
      if (end - next < 4) return false;
      next += 4;
      return true;
    case kGroup:
      break;
    default:
      return false;
  }
  if (depth == 0) return false;
  const uint32_t group_end = (tag & ~7u) | kEndGroup;
  uint32_t inner;
  while (ReadTag(&inner)) {
    if (inner == group_end) return true;
    if ((inner & 7) == kEndGroup || !Skip(inner, depth - 1)) return false;
  }
  return false;
}

}  // namespace datahaul::wire

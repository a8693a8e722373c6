#ifndef DATAHAUL_MODEL_VALUE_HEAD_H_
#define DATAHAUL_MODEL_VALUE_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "model/value.h"

namespace datahaul {

// A value's type, indexed flag and meaning as one number, so that one comparison tells that nothing is unusual.
static_assert(offsetof(Value, type) == 0 && offsetof(Value, indexed) == 1 && offsetof(Value, meaning) == 2);
inline uint32_t HeadOf(const Value& value) {
  uint32_t head = 0;
  std::memcpy(&head, &value, sizeof head);
  return head;
}
constexpr uint32_t MakeHead(Type type, bool indexed, uint16_t meaning) {
  return static_cast<uint32_t>(type) | uint32_t{indexed} << 8 | uint32_t{meaning} << 16;
}
// What is no value's head.
inline constexpr uint32_t kNoHead = UINT32_MAX;

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_VALUE_HEAD_H_

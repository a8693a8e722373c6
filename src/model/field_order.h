// The order of a map's fields by name, found cheaply because records of one kind look alike.
#ifndef DATAHAUL_MODEL_FIELD_ORDER_H_
#define DATAHAUL_MODEL_FIELD_ORDER_H_

#include <array>
#include <cstdint>
#include <vector>

#include "model/arena.h"
#include "model/value.h"

namespace datahaul {

// Remembers the permutations of maps seen before: for a map like an earlier one, sorting is one comparison a field.
// Not safe for concurrent use.
class FieldOrder {
 public:
  // The indexes of `fields` in the bytewise order of their names (= code point order for UTF-8), in `arena`.
  // Equal names keep their stored order, and set *unique to false; otherwise it becomes true.
  const uint32_t* Sort(const Field* fields, uint32_t size, Arena* arena, bool* unique);

 private:
  static constexpr uint32_t kMostRemembered = 256;  // fields; wider maps are sorted each time

  std::array<std::vector<uint32_t>, 256> remembered_;
};

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_FIELD_ORDER_H_

// What maps of the same fields have in common, found once.
#ifndef DATAHAUL_MODEL_SHAPE_H_
#define DATAHAUL_MODEL_SHAPE_H_

#include <cstdint>

namespace datahaul {

// The names of a map's fields, in stored order. Maps of one shape have the same names at the same places, so that what
// was worked out for one holds for all. Lives as long as the batches whose maps name it.
struct Shape {
  uint64_t id = 0;  // unique in the process, never 0: what somebody remembers by it can't meet another shape
  uint32_t size = 0;
  const uint32_t* sorted = nullptr;  // as Map::sorted
};

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_SHAPE_H_

#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_PLAN_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_PLAN_H_

#include <cstdint>
#include <vector>

#include "connector/objects/object_bytes.h"
#include "connector/objects/piece_numbers.h"
#include "connector/objects/staged_slices.h"
#include "model/object_store.h"

namespace datahaul {

// How an object is made of what is stored: pieces in the order of their numbers. There are as many as an upload has,
// however many parts the object was written in.
struct ObjectPlan {
  struct Piece {
    uint32_t number = 0;
    ByteRange range;                        // of the object
    const UploadPiece* uploaded = nullptr;  // already; of the StoredObject
  };
  std::vector<Piece> pieces;

  // It can be written at once: a single piece, none of it uploaded yet.
  bool is_small() const { return pieces.size() == 1 && pieces[0].uploaded == nullptr; }
};

// `before`: with how many bytes of an older object it begins. `stored` must outlive the plan.
ObjectPlan PlanObject(const PieceLimits& limits, uint64_t before, const StoredObject& stored);
// Where the bytes of `range` of the object are, in order. `before`: the bytes that it begins with.
std::vector<ObjectRange> RangesOf(const StoredOutput& output, const StoredObject& stored, const ObjectRange& before,
                                  ByteRange range);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_PLAN_H_

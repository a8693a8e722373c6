#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_PLAN_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "connector/objects/object_bytes.h"
#include "connector/objects/piece_numbers.h"
#include "connector/objects/staged_slices.h"
#include "model/object_store.h"

namespace datahaul {

// How an object is made of what is stored: pieces in the order of their numbers.
struct ObjectPlan {
  struct Piece {
    uint32_t number = 0;
    std::optional<UploadPiece> uploaded;  // already
    std::vector<ObjectRange> from;        // otherwise: what is to be uploaded, in order
  };
  std::string upload;  // "": none was begun
  std::vector<Piece> pieces;

  // It can be written at once: a single piece, none of it uploaded yet.
  bool is_small() const { return pieces.size() == 1 && !pieces[0].uploaded; }
};

// `before`: what the object begins with; empty where the job has begun it. INTERNAL if the pieces are numbered in
// another way.
absl::StatusOr<ObjectPlan> PlanObject(const PieceLimits& limits, const ObjectRange& before,
                                      const std::vector<StoredOutput::Part>& parts);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_PLAN_H_

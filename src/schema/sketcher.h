// Sketches records at reading speed.
#ifndef DATAHAUL_SCHEMA_SKETCHER_H_
#define DATAHAUL_SCHEMA_SKETCHER_H_

#include <cstdint>
#include <string_view>

#include "model/record.h"
#include "schema/sketch.h"

namespace datahaul {

// Records of a kind look alike: where the next record has the fields of the last one, a value costs a comparison of
// names and a few additions. Memory depends on the kinds and fields seen, not on the records. Not safe for concurrent
// use.
class Sketcher {
 public:
  Sketcher();
  ~Sketcher();
  // record.slot numbers its (namespace, kind) since the last Take, as the engine's slices do; -1 … see RecordBatch.
  void Add(const Record& record);
  // All that was added since the last Take.
  SchemaSketch Take();
};

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_SKETCHER_H_

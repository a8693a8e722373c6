// Sketches records at reading speed.
#ifndef DATAHAUL_SCHEMA_SKETCHER_H_
#define DATAHAUL_SCHEMA_SKETCHER_H_

#include <memory>
#include <vector>

#include "model/record.h"
#include "schema/sketch.h"

namespace datahaul {

// Memory depends on the kinds and fields seen, not on the records. Not safe for concurrent use.
class Sketcher {
 public:
  // record.slot numbers its (namespace, kind) since the last Take, as the engine does within a slice.
  void Add(const Record& record) {
    if (record.slot >= kinds_.size() || kinds_[record.slot] == nullptr) Begin(record);
    datahaul::Add(record, &kinds_[record.slot]->sketch);
  }
  // All that was added since the last Take; slots begin anew.
  SchemaSketch Take();

 private:
  struct Kind {
    KindName name;
    KindSketch sketch;
  };
  void Begin(const Record& record);

  std::vector<std::unique_ptr<Kind>> kinds_;  // by slot; null where nothing was added
};

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_SKETCHER_H_

#ifndef DATAHAUL_CONNECTOR_OBJECTS_SPLITTER_H_
#define DATAHAUL_CONNECTOR_OBJECTS_SPLITTER_H_

#include <cstdint>
#include <vector>

#include "connector/objects/data_set.h"
#include "connector/objects/span.h"
#include "model/format.h"

namespace datahaul {

struct SizedSpan {
  Span span;
  uint64_t bytes = 0;
};

// Cuts spans of `objects` into pieces, in order. Small objects share a piece; large ones are cut at multiples of the
// format's split_unit, unless the format or their compression forbids it.
class Splitter {
 public:
  // `objects` must outlive it.
  Splitter(const std::vector<DataObject>& objects, const FormatTraits& traits) : objects_(objects), traits_(traits) {}

  Span Whole() const { return {{0, 0}, 0, {objects_.size(), 0}}; }
  // What of `span` lies after `cursor`.
  Span Rest(const Span& span, const Position& cursor) const;
  // Pieces of about `target` bytes (> 0) that make up `span`.
  std::vector<SizedSpan> Split(const Span& span, uint64_t target) const;
  // One past the last offset of object number `object` in `span`; UINT64_MAX where only reading tells.
  uint64_t EndIn(const Span& span, uint64_t object) const;

 private:
  bool CanCut(const DataObject& object) const { return traits_.splittable && object.compression == Compression::kNone; }

  const std::vector<DataObject>& objects_;
  const FormatTraits& traits_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_SPLITTER_H_

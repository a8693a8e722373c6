#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_OPENER_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_OPENER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

#include "connector/objects/data_set.h"
#include "model/object_store.h"

namespace datahaul {

// Opens objects that are read one after the other. Small ones are opened ahead, several at once, as most of their
// reading is waiting for a store's answer; of those, twice as many each time, up to 16. Holds 1 MiB of them at most.
// Not safe for concurrent use.
class ObjectOpener {
 public:
  // Both must outlive it.
  ObjectOpener(ObjectStore* store, const std::vector<DataObject>* objects) : store_(*store), objects_(*objects) {}

  // Object number `object`, of which `range` will be read, and behind which those before `end` follow. What could not
  // be opened ahead is tried again here.
  absl::StatusOr<std::unique_ptr<ByteReader>> Open(uint64_t object, ByteRange range, uint64_t end);

 private:
  uint64_t SmallFrom(uint64_t object, uint64_t end) const;

  ObjectStore& store_;
  const std::vector<DataObject>& objects_;
  uint64_t first_ = 0;                               // the object that opened_ begins with
  std::vector<std::unique_ptr<ByteReader>> opened_;  // null: not opened, or handed out
  uint64_t ahead_ = 1;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_OPENER_H_

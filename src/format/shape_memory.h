#ifndef DATAHAUL_FORMAT_SHAPE_MEMORY_H_
#define DATAHAUL_FORMAT_SHAPE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/shape.h"
#include "model/value.h"

namespace datahaul {

// Something for each field of maps of the same shape, worked out once. Bounded, and never forgets: what it gave out
// stays valid, also while maps in a map are looked up. Not safe for concurrent use.
template <typename Item>
class ShapeMemory {
 public:
  // What was kept for maps of the shape of `map`, which must not be null, and for `owner`; null if nothing was.
  const Item* Find(const Map& map, const void* owner = nullptr) const {
    if (known_.empty()) return nullptr;
    for (size_t slot = SlotOf(map, owner);; slot = (slot + 1) % kSlots) {
      const Known& known = known_[slot];
      if (known.id == map.shape->id && known.owner == owner) [[likely]]
        return known.items.data();
      if (known.id == 0) return nullptr;
    }
  }

  // Room for an item for each field, to be filled in by the caller; null if too much is kept already.
  Item* Add(const Map& map, const void* owner = nullptr) {
    const size_t size = map.size + size_t{1};  // never nothing at all
    if (shapes_ == kMostShapes || items_ + size > kMostItems) return nullptr;
    if (known_.empty()) known_.resize(kSlots);
    size_t slot = SlotOf(map, owner);
    while (known_[slot].id != 0) slot = (slot + 1) % kSlots;
    ++shapes_;
    items_ += size;
    known_[slot].id = map.shape->id;
    known_[slot].owner = owner;
    known_[slot].items.resize(size);
    return known_[slot].items.data();
  }

 private:
  static constexpr size_t kSlots = 1024, kMostShapes = kSlots / 2, kMostItems = 1 << 14;
  struct Known {
    uint64_t id = 0;
    const void* owner = nullptr;
    std::vector<Item> items;
  };

  static size_t SlotOf(const Map& map, const void* owner) {
    return (map.shape->id + (reinterpret_cast<uintptr_t>(owner) >> 4)) % kSlots;
  }

  std::vector<Known> known_;  // by id and owner, or in the next slots; the first shape makes it
  size_t shapes_ = 0;
  size_t items_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_SHAPE_MEMORY_H_

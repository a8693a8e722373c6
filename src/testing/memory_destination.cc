#include "testing/memory_destination.h"

#include <cstring>

namespace datahaul {
namespace {

void Apply(std::string& to, uint64_t offset, std::string_view bytes) {
  if (to.size() < offset + bytes.size()) to.resize(offset + bytes.size(), '\0');
  std::memcpy(to.data() + offset, bytes.data(), bytes.size());
}

}  // namespace

void MemoryObject::Write(uint64_t offset, std::string_view bytes) { pending_.push_back({offset, std::string(bytes)}); }

void MemoryObject::Sync() {
  for (const Pending& write : pending_) Apply(durable_, write.offset, write.bytes);
  pending_.clear();
}

void MemoryObject::Truncate(uint64_t size) {
  Sync();
  if (durable_.size() > size) durable_.resize(size);
}

void MemoryObject::PowerCut(Random& random) {
  std::erase_if(pending_, [&random](const Pending&) { return random.Below(2) == 0; });
  Sync();
}

void MemoryDestination::PowerCut(Random& random) {
  std::lock_guard lock(mutex);
  for (auto& [name, object] : partial) object->PowerCut(random);
}

}  // namespace datahaul

#include "connector/objects/buffer_pool.h"

#include <utility>

namespace datahaul {

ByteBuffer BufferPool::Take() {
  std::lock_guard lock(mutex_);
  if (free_.empty()) return ByteBuffer();
  ByteBuffer buffer = std::move(free_.back());
  free_.pop_back();
  return buffer;
}

void BufferPool::Clear() {
  std::lock_guard lock(mutex_);
  free_.clear();
}

void BufferPool::Give(ByteBuffer buffer) {
  buffer.clear();
  std::lock_guard lock(mutex_);
  if (buffer.capacity() > 0 && buffer.capacity() <= largest_kept_ && free_.size() < kMostKept) {
    free_.push_back(std::move(buffer));
  }
}

}  // namespace datahaul

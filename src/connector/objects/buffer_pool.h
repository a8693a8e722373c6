#ifndef DATAHAUL_CONNECTOR_OBJECTS_BUFFER_POOL_H_
#define DATAHAUL_CONNECTOR_OBJECTS_BUFFER_POOL_H_

#include <cstddef>
#include <mutex>
#include <vector>

#include "base/bytes.h"

namespace datahaul {

// Keeps the memory of finished slices for the next ones: to touch fresh pages costs as much as to fill them. Safe for
// concurrent use.
class BufferPool {
 public:
  static constexpr size_t kMostKept = 4;

  // Larger buffers are not kept: one giant slice must not raise the floor for ever.
  explicit BufferPool(size_t largest_kept = 16 << 20) : largest_kept_(largest_kept) {}

  ByteBuffer Take();  // empty
  void Give(ByteBuffer buffer);
  void Clear();  // gives all memory back

 private:
  const size_t largest_kept_;
  std::mutex mutex_;
  std::vector<ByteBuffer> free_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_BUFFER_POOL_H_

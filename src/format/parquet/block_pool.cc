#include "format/parquet/block_pool.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

namespace datahaul {
namespace {

constexpr int64_t kAlignment = 64;  // Arrow's own

// What blocks of no bytes point to.
alignas(kAlignment) uint8_t nothing[1];

size_t ClassOf(int64_t size) {
  return static_cast<size_t>(std::bit_width(static_cast<uint64_t>(std::max(size, kAlignment)) - 1));
}

}  // namespace

BlockPool::~BlockPool() {
  for (const std::vector<uint8_t*>& blocks : free_) {
    for (uint8_t* const block : blocks) std::free(block);
  }
}

arrow::Status BlockPool::Allocate(int64_t size, int64_t alignment, uint8_t** out) {
  if (size == 0) {
    *out = nothing;
    return arrow::Status::OK();
  }
  const size_t power = ClassOf(size);
  if (size < 0 || power >= kClasses || alignment > kAlignment) {
    return arrow::Status::OutOfMemory("no block of ", size, " bytes aligned to ", alignment);
  }
  const int64_t bytes = int64_t{1} << power;
  if (!free_[power].empty()) {
    *out = free_[power].back();
    free_[power].pop_back();
    kept_ -= bytes;
  } else {
    *out = static_cast<uint8_t*>(std::aligned_alloc(kAlignment, static_cast<size_t>(bytes)));
    if (*out == nullptr) return arrow::Status::OutOfMemory("no memory for ", size, " bytes");
  }
  ++allocations_;
  total_ += size;
  allocated_ += size;
  most_ = std::max(most_, allocated_);
  return arrow::Status::OK();
}

arrow::Status BlockPool::Reallocate(int64_t old_size, int64_t new_size, int64_t alignment, uint8_t** block) {
  if (old_size > 0 && new_size > 0 && ClassOf(old_size) == ClassOf(new_size)) {
    allocated_ += new_size - old_size;
    most_ = std::max(most_, allocated_);
    return arrow::Status::OK();
  }
  uint8_t* moved = nullptr;
  ARROW_RETURN_NOT_OK(Allocate(new_size, alignment, &moved));
  const int64_t kept = std::min(old_size, new_size);
  if (kept > 0) std::memcpy(moved, *block, static_cast<size_t>(kept));
  Free(*block, old_size, alignment);
  *block = moved;
  return arrow::Status::OK();
}

void BlockPool::Free(uint8_t* block, int64_t size, int64_t) {
  if (size == 0) return;
  allocated_ -= size;
  const size_t power = ClassOf(size);
  const int64_t bytes = int64_t{1} << power;
  if (kept_ + bytes > kMostKept) {
    std::free(block);
    return;
  }
  free_[power].push_back(block);
  kept_ += bytes;
}

}  // namespace datahaul

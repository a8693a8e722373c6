#ifndef DATAHAUL_FORMAT_PARQUET_BLOCK_POOL_H_
#define DATAHAUL_FORMAT_PARQUET_BLOCK_POOL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <arrow/memory_pool.h>
#include <arrow/status.h>

namespace datahaul {

// Memory for Arrow's writers, which allocate, grow and free buffers for each page: blocks of a power of two bytes, kept
// for the next ones up to kMostKept, so that pages of memory are not fetched and given back all the time. Must outlive
// what was allocated from it. Not safe for concurrent use.
class BlockPool final : public arrow::MemoryPool {
 public:
  static constexpr int64_t kMostKept = 8 << 20;

  BlockPool() = default;
  ~BlockPool() override;

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override;
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment, uint8_t** block) override;
  void Free(uint8_t* block, int64_t size, int64_t alignment) override;

  int64_t bytes_allocated() const override { return allocated_; }
  int64_t max_memory() const override { return most_; }
  int64_t total_bytes_allocated() const override { return total_; }
  int64_t num_allocations() const override { return allocations_; }
  std::string backend_name() const override { return "datahaul"; }
  int64_t kept() const { return kept_; }  // bytes of free blocks

 private:
  static constexpr size_t kClasses = 48;

  std::array<std::vector<uint8_t*>, kClasses> free_;  // by the power
  int64_t kept_ = 0;
  int64_t allocated_ = 0;
  int64_t most_ = 0;
  int64_t total_ = 0;
  int64_t allocations_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_BLOCK_POOL_H_

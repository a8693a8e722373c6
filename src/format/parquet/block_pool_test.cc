#include "format/parquet/block_pool.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

uint8_t* Allocate(BlockPool* pool, int64_t size) {
  uint8_t* block = nullptr;
  EXPECT_TRUE(pool->Allocate(size, &block).ok());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0u);
  if (size > 0) std::memset(block, 1, static_cast<size_t>(size));
  return block;
}

TEST(BlockPoolTest, FreedBlocksServeAgain) {
  BlockPool pool;
  uint8_t* const first = Allocate(&pool, 1000);
  EXPECT_EQ(pool.bytes_allocated(), 1000);
  pool.Free(first, 1000);
  EXPECT_EQ(pool.bytes_allocated(), 0);
  EXPECT_EQ(pool.kept(), 1024);
  uint8_t* const second = Allocate(&pool, 513);
  EXPECT_EQ(second, first);
  EXPECT_EQ(pool.kept(), 0);
  uint8_t* const other = Allocate(&pool, 513);
  EXPECT_NE(other, second);
  pool.Free(second, 513);
  pool.Free(other, 513);
  EXPECT_EQ(pool.max_memory(), 1026);
  EXPECT_EQ(pool.total_bytes_allocated(), 2026);
  EXPECT_EQ(pool.num_allocations(), 3);
}

TEST(BlockPoolTest, GrowsAndShrinksWithWhatIsInside) {
  BlockPool pool;
  uint8_t* block = Allocate(&pool, 0);
  int64_t size = 0;
  for (const int64_t next : {1, 64, 65, 128, 5000, 100, 1, 2'000'000, 10}) {
    ASSERT_TRUE(pool.Reallocate(size, next, &block).ok());
    for (int64_t i = 0; i < std::min(size, next); ++i) ASSERT_EQ(block[i], static_cast<uint8_t>(i));
    for (int64_t i = 0; i < next; ++i) block[i] = static_cast<uint8_t>(i);
    size = next;
    EXPECT_EQ(pool.bytes_allocated(), size);
  }
  ASSERT_TRUE(pool.Reallocate(size, 0, &block).ok());
  pool.Free(block, 0);
  EXPECT_EQ(pool.bytes_allocated(), 0);
}

TEST(BlockPoolTest, KeepsNoMoreThanItSays) {
  BlockPool pool;
  constexpr int64_t kSize = 3 << 20;
  uint8_t* const blocks[3] = {Allocate(&pool, kSize), Allocate(&pool, kSize), Allocate(&pool, kSize)};
  for (uint8_t* const block : blocks) pool.Free(block, kSize);
  EXPECT_EQ(pool.kept(), BlockPool::kMostKept);
}

TEST(BlockPoolTest, TooMuchIsAnError) {
  BlockPool pool;
  uint8_t* block = nullptr;
  EXPECT_TRUE(pool.Allocate(std::numeric_limits<int64_t>::max(), &block).IsOutOfMemory());
  EXPECT_TRUE(pool.Allocate(-1, &block).IsOutOfMemory());
  EXPECT_TRUE(pool.Allocate(64, 4096, &block).IsOutOfMemory());
}

}  // namespace
}  // namespace datahaul

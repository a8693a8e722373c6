#include "model/arena.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"

namespace datahaul {
namespace {

TEST(ArenaTest, EverythingIsAlignedDistinctAndStaysUntilReset) {
  Random random(1);
  Arena arena;
  for (int batch = 0; batch < 5; ++batch) {
    struct Piece {
      char* at;
      size_t size;
      char fill;
    };
    std::vector<Piece> pieces;
    for (int i = 0; i < 3000; ++i) {
      const size_t size = random.Below(random.Below(100) == 0 ? 300'000 : 200);
      auto* const at = static_cast<char*>(arena.Allocate(size));
      ASSERT_EQ(reinterpret_cast<uintptr_t>(at) % 8, 0u);
      const auto fill = static_cast<char>(random.Next());
      if (size != 0) std::memset(at, fill, size);
      pieces.push_back({at, size, fill});
    }
    for (const Piece& piece : pieces) {
      for (size_t i = 0; i < piece.size; ++i) ASSERT_EQ(piece.at[i], piece.fill);
    }
    arena.Reset();
    ASSERT_LE(arena.bytes_held(), Arena::kKeep);
  }
}

TEST(ArenaTest, StringsMayBeReadPastTheirEnds) {
  // Sizes that fill a block exactly: behind them lies nothing but the slack.
  for (const size_t size : {size_t{1}, Arena::kBlock - 8, Arena::kBlock, Arena::kBlock + 8, 3 * Arena::kBlock}) {
    Arena arena;
    const std::string text(size, 'x');
    const std::string_view copy = arena.CopyString(text);
    EXPECT_EQ(copy, text);
    char behind[kSlack];
    std::memcpy(behind, copy.data() + copy.size(), kSlack);
  }
}

TEST(ArenaTest, NothingCostsNothing) {
  Arena arena;
  EXPECT_EQ(arena.CopyString("").size(), 0u);
  arena.AllocateArray<uint64_t>(0);
  arena.CopyArray<uint64_t>(nullptr, 0);
  EXPECT_EQ(arena.bytes_held(), 0u);
  arena.Reset();
}

TEST(ArenaTest, Arrays) {
  Arena arena;
  const uint32_t items[] = {1, 2, 3};
  const uint32_t* const copy = arena.CopyArray(items, 3);
  EXPECT_NE(copy, items);
  EXPECT_EQ(std::vector<uint32_t>(copy, copy + 3), (std::vector<uint32_t>{1, 2, 3}));
  struct Pair {
    uint64_t a = 7;
    uint64_t b = 8;
  };
  const Pair* const made = arena.New<Pair>();
  EXPECT_EQ(made->a, 7u);
  EXPECT_EQ(made->b, 8u);
}

TEST(ArenaTest, BlocksAreUsedAgain) {
  Arena arena;
  void* const first = arena.Allocate(100);
  const size_t held = arena.bytes_held();
  for (int i = 0; i < 1000; ++i) {
    arena.Reset();
    ASSERT_EQ(arena.Allocate(100), first);
  }
  EXPECT_EQ(arena.bytes_held(), held);
}

TEST(ArenaTest, AGiantDoesNotRaiseTheFloor) {
  Arena arena;
  for (int i = 0; i < 4; ++i) arena.Allocate(Arena::kBlock);
  arena.Allocate(10 * Arena::kKeep);
  for (int i = 0; i < 4; ++i) arena.Allocate(Arena::kBlock);
  EXPECT_GE(arena.bytes_held(), 10 * Arena::kKeep);
  arena.Reset();
  EXPECT_EQ(arena.bytes_held(), 8 * Arena::kBlock);  // the ordinary blocks on both sides of it
  for (int i = 0; i < 100; ++i) arena.Allocate(Arena::kBlock);
  arena.Reset();
  EXPECT_EQ(arena.bytes_held(), Arena::kKeep);
}

}  // namespace
}  // namespace datahaul

#include "connector/objects/piece_numbers.h"

#include "gtest/gtest.h"

namespace datahaul {
namespace {

constexpr PieceLimits kLimits{.least_bytes = 10, .most_bytes = 100, .most_pieces = 5};

TEST(PieceNumbers, LargePiecesStandByThemselves) {
  PieceNumbers numbers(kLimits);
  EXPECT_EQ(numbers.Add(10), 0u);
  EXPECT_EQ(numbers.Add(100), 1u);
  EXPECT_EQ(numbers.Add(9), std::nullopt);
  EXPECT_EQ(numbers.next(), 2u);
}

TEST(PieceNumbers, ARunEndsOnceItIsLargeEnough) {
  PieceNumbers numbers(kLimits);
  EXPECT_EQ(numbers.Add(3), std::nullopt);
  EXPECT_EQ(numbers.Add(50), std::nullopt) << "3 bytes are no piece";
  EXPECT_EQ(numbers.Add(10), 5u) << "53 bytes are five pieces";
}

TEST(PieceNumbers, WhatIsTooLargeForAPieceIsStaged) {
  PieceNumbers numbers(kLimits);
  EXPECT_EQ(numbers.Add(101), std::nullopt);
}

TEST(PieceNumbers, AnObjectMayBeginWithARun) {
  EXPECT_EQ(PieceNumbers(kLimits, 9).Add(10), std::nullopt);
  EXPECT_EQ(PieceNumbers(kLimits, 29).Add(10), 2u);
}

TEST(PieceNumbers, NumbersRunOut) {
  PieceNumbers numbers(kLimits);
  for (int i = 0; i < 4; ++i) {
    numbers.Add(10);
    EXPECT_TRUE(numbers.fits());
  }
  numbers.Add(19);
  EXPECT_TRUE(numbers.fits());
  numbers.Add(1);
  EXPECT_FALSE(numbers.fits()) << "staged bytes need numbers, too";
}

TEST(PieceNumbers, PiecesOfARunAreNeitherTooSmallNorLarge) {
  for (uint64_t run = 1; run < 1000; ++run) {
    const uint64_t pieces = PieceNumbers::PiecesOf(kLimits, run);
    ASSERT_GE(pieces, 1u);
    if (run >= 10) {
      ASSERT_GE(run / pieces, 10u);
    }
    ASSERT_LT((run + pieces - 1) / pieces, 20u);
  }
}

}  // namespace
}  // namespace datahaul

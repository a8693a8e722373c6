#include "connector/objects/object_plan.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

constexpr uint64_t kMiB = 1 << 20, kGiB = 1 << 30, kTiB = kGiB << 10;
constexpr PieceLimits kS3{.least_bytes = 5 * kMiB, .most_bytes = 5 * kGiB, .most_pieces = 10'000};

// All bytes once, in order, in pieces that S3 takes.
void ExpectWhole(const ObjectPlan& plan, uint64_t size) {
  uint64_t at = 0;
  int64_t last = -1;
  for (const ObjectPlan::Piece& piece : plan.pieces) {
    ASSERT_GT(piece.number, last);
    ASSERT_LT(piece.number, kS3.most_pieces);
    last = piece.number;
    ASSERT_EQ(piece.range.begin, at);
    ASSERT_LE(piece.range.size(), kS3.most_bytes);
    if (&piece != &plan.pieces.back()) {
      ASSERT_GE(piece.range.size(), kS3.least_bytes);
    }
    if (piece.uploaded != nullptr) {
      ASSERT_EQ(piece.uploaded->size, piece.range.size());
      ASSERT_EQ(piece.uploaded->number, piece.number);
    }
    at = piece.range.end;
  }
  EXPECT_EQ(at, size);
}

// An object that begins with `begin` bytes of an older one.
StoredObject Appended(uint64_t begin) { return {.numbers = PieceNumbers(kS3, begin), .end = begin}; }

void Add(uint64_t length, StoredObject* stored) {
  StoredPart part{.offset = stored->end};
  if (const auto number = stored->numbers.Add(length)) {
    part.is_uploaded = true;
    part.at = stored->pieces.size();
    stored->pieces.push_back({.number = *number, .size = length});
  }
  stored->end += length;
  stored->parts.push_back(part);
}

TEST(ObjectPlan, AnObjectOfAnySizeMayBeAppendedTo) {
  for (const uint64_t begin : {uint64_t{1}, 5 * kMiB, 26 * kGiB, 52 * kGiB, 600 * kGiB + 7, 5 * kTiB - kGiB}) {
    StoredObject stored = Appended(begin);
    Add(10, &stored);
    for (int i = 0; i < 100; ++i) Add(8 * kMiB, &stored);
    Add(10, &stored);
    EXPECT_FALSE(stored.pieces.empty());
    EXPECT_TRUE(stored.numbers.fits());
    ExpectWhole(PlanObject(kS3, begin, stored), stored.end);
  }
}

TEST(ObjectPlan, WhatIsCopiedByTheStoreIsOfOneObject) {
  const uint64_t begin = 100 * kGiB;
  StoredObject stored = Appended(begin);
  Add(1, &stored);
  const ObjectPlan plan = PlanObject(kS3, begin, stored);
  const StoredOutput output{.slices = {{.uri = "new", .size = 1}}, .objects = {}};
  const auto ranges = [&](size_t piece) {
    return RangesOf(output, stored, {"old", "v", begin, {0, begin}}, plan.pieces[piece].range);
  };
  ASSERT_EQ(plan.pieces.size(), 5001u);
  for (size_t i = 0; i < 5000; ++i) ASSERT_EQ(ranges(i).size(), 1u);
  ASSERT_EQ(ranges(5000).size(), 2u);
  EXPECT_EQ(ranges(5000)[0].range.size(), 5 * kMiB) << "what travels is small";
}

}  // namespace
}  // namespace datahaul

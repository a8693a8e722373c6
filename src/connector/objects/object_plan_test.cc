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
    uint64_t bytes = piece.uploaded ? piece.uploaded->size : 0;
    for (const ObjectRange& range : piece.from) {
      if (range.uri == "old") {
        ASSERT_EQ(range.range.begin, at + bytes);
      }
      bytes += range.range.size();
    }
    ASSERT_LE(bytes, kS3.most_bytes);
    if (&piece != &plan.pieces.back()) {
      ASSERT_GE(bytes, kS3.least_bytes);
    }
    at += bytes;
  }
  EXPECT_EQ(at, size);
}

TEST(ObjectPlan, AnObjectOfAnySizeMayBeAppendedTo) {
  for (const uint64_t begin : {uint64_t{1}, 5 * kMiB, 26 * kGiB, 52 * kGiB, 600 * kGiB + 7, 5 * kTiB - kGiB}) {
    PieceNumbers numbers(kS3, begin);
    std::vector<StoredOutput::Part> parts;
    uint64_t end = begin;
    const auto add = [&](uint64_t length) {
      StoredOutput::Part part{.offset = end, .length = length};
      if (const auto number = numbers.Add(length)) {
        part.upload = "upload";
        part.piece = {.number = *number, .size = length};
      } else {
        part.staged = {"staged", "v", length, {0, length}};
      }
      end += length;
      parts.push_back(part);
    };
    add(10);
    for (int i = 0; i < 100; ++i) add(8 * kMiB);
    add(10);
    EXPECT_TRUE(numbers.fits());
    const auto plan = PlanObject(kS3, {"old", "v", begin, {0, begin}}, parts);
    ASSERT_TRUE(plan.ok()) << plan.status();
    ExpectWhole(*plan, end);
  }
}

TEST(ObjectPlan, WhatIsCopiedByTheStoreIsOfOneObject) {
  const uint64_t begin = 100 * kGiB;
  const auto plan = PlanObject(kS3, {"old", "v", begin, {0, begin}}, {{.length = 1, .staged = {"new", "", 1, {0, 1}}}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->pieces.size(), 5001u);
  for (size_t i = 0; i < 5000; ++i) ASSERT_EQ(plan->pieces[i].from.size(), 1u);
  EXPECT_EQ(plan->pieces.back().from.size(), 2u);
  EXPECT_EQ(plan->pieces.back().from[0].range.size(), 5 * kMiB) << "what travels is small";
}

}  // namespace
}  // namespace datahaul

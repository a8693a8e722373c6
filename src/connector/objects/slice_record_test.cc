#include "connector/objects/slice_record.h"

#include <string>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

SliceRecord Example() {
  SliceRecord record;
  record.extents.push_back({.object = "eu/A\tb\n.ndjson",
                            .offset = 1,
                            .length = uint64_t{1} << 40,
                            .upload = "s3://b/k\\ id",
                            .piece = {7, uint64_t{1} << 40, 0xffffffff, "\"tag\""}});
  record.extents.push_back({.object = "B.ndjson", .offset = 3, .length = 4, .staged_at = 6});
  return record;
}

TEST(SliceRecord, ReadsBack) {
  const std::string text = ToText(Example());
  EXPECT_EQ(*SizeOfSliceRecord(text.substr(0, kSliceHeadBytes), "x"), text.size());
  const auto record = ParseSliceRecord(text, "x");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(ToText(*record), text);
  ASSERT_EQ(record->extents.size(), 2u);
  EXPECT_EQ(record->extents[0].object, "eu/A\tb\n.ndjson");
  EXPECT_EQ(record->extents[0].piece, Example().extents[0].piece);
  EXPECT_EQ(record->extents[1].upload, "");
  EXPECT_EQ(record->extents[1].staged_at, 6u);
}

TEST(SliceRecord, WhatIsCutIsDamage) {
  const std::string text = ToText(Example());
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(ParseSliceRecord(text.substr(0, size), "x").status().code(), absl::StatusCode::kDataLoss) << size;
  }
}

TEST(SliceRecord, OtherThingsAreNamed) {
  const absl::Status status = ParseSliceRecord(std::string(100, 'x'), "s3://b/k").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(status.message().find("s3://b/k"), absl::string_view::npos);
}

}  // namespace
}  // namespace datahaul

#include "report/verify.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/random.h"
#include "base/text.h"
#include "testing/memory_source.h"

namespace datahaul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

MemoryData SomeData(size_t records) {
  MemoryData data;
  Random random(records);
  for (size_t i = 0; i < records; ++i) {
    const std::string text(random.Below(20), 'x');
    data.records.push_back(
        {.ns = "", .kind = i % 3 == 0 ? "Order" : "User", .id = static_cast<int64_t>(i), .text = text});
  }
  return data;
}

Dataset Readable(const MemoryData& data, std::string address) {
  Dataset dataset{.address = std::move(address)};
  dataset.source = std::make_unique<MemorySource>(&data);
  return dataset;
}

Dataset FromManifest(Digests digests) {
  Dataset dataset{.address = "manifest.json", .basis = Dataset::Basis::kManifest};
  dataset.known = std::move(digests);
  return dataset;
}

// What verifying two data sets finds; differences as "what kind:id copies".
struct Outcome {
  Verification verification;
  std::vector<std::string> differences;
};

std::string IdOf(std::string_view key) {
  const size_t begin = key.rfind(',') + 1;
  return std::string(key.substr(begin, key.find(']', begin) - begin));
}

absl::StatusOr<Outcome> VerifyDatasets(Dataset a, Dataset b, VerifyOptions options = {}) {
  Outcome outcome;
  options.scan.workers = 3;
  options.scan.piece_bytes = 200;
  options.on_difference = [&outcome](const KindName& kind, const Difference& d) {
    for (const auto& [what, count] : {std::pair("missing", d.missing), {"extra", d.extra}, {"changed", d.changed}}) {
      if (count != 0) outcome.differences.push_back(StrCat(what, " ", kind.kind, ":", IdOf(d.key), " ", count));
    }
    return absl::OkStatus();
  };
  absl::StatusOr<Verification> verification = Verify(a, b, options);
  if (!verification.ok()) return verification.status();
  outcome.verification = *std::move(verification);
  return outcome;
}

Outcome VerifyRecords(const MemoryData& a, const MemoryData& b, VerifyOptions options = {}) {
  absl::StatusOr<Outcome> outcome = VerifyDatasets(Readable(a, "a"), Readable(b, "b"), std::move(options));
  EXPECT_TRUE(outcome.ok()) << outcome.status();
  return outcome.ok() ? *std::move(outcome) : Outcome();
}

TEST(Verify, OrderDoesNotCount) {
  const MemoryData a = SomeData(200);
  MemoryData b = a;
  std::reverse(b.records.begin(), b.records.end());
  const Outcome outcome = VerifyRecords(a, b);
  EXPECT_TRUE(outcome.verification.equal());
  EXPECT_THAT(outcome.differences, IsEmpty());
}

TEST(Verify, NamesALostRecord) {
  const MemoryData a = SomeData(200);
  MemoryData b = a;
  b.records.erase(b.records.begin() + 7);
  const Outcome outcome = VerifyRecords(a, b);
  EXPECT_FALSE(outcome.verification.equal());
  EXPECT_THAT(outcome.differences, ElementsAre("missing User:7 1"));
  EXPECT_THAT(outcome.verification.differing, ElementsAre(KindName{"", "User"}));
}

TEST(Verify, NamesADoubledRecord) {
  const MemoryData a = SomeData(200);
  MemoryData b = a;
  b.records.push_back(b.records[9]);
  const Outcome outcome = VerifyRecords(a, b);
  EXPECT_THAT(outcome.differences, ElementsAre("extra Order:9 1"));
}

TEST(Verify, NamesAChangedRecord) {
  const MemoryData a = SomeData(200);
  MemoryData b = a;
  b.records[8].text = "another text";
  const Outcome outcome = VerifyRecords(a, b);
  EXPECT_THAT(outcome.differences, ElementsAre("changed User:8 1"));
  EXPECT_EQ(outcome.verification.changed, 1u);
}

TEST(Verify, KeysThatOccurSeveralTimesArePairedByContents) {
  MemoryData a, b;
  for (const char* text : {"1", "1", "2"}) a.records.push_back({.kind = "K", .id = 5, .text = text});
  for (const char* text : {"1", "2", "2", "3", "4"}) b.records.push_back({.kind = "K", .id = 5, .text = text});
  const Outcome outcome = VerifyRecords(a, b);
  EXPECT_THAT(outcome.differences, UnorderedElementsAre("changed K:5 1", "extra K:5 2"));
}

TEST(Verify, TheSameKeyInAnotherNamespaceIsAnotherRecord) {
  MemoryData a, b;
  a.records.push_back({.ns = "x", .kind = "K", .id = 5, .text = ""});
  b.records.push_back({.ns = "y", .kind = "K", .id = 5, .text = ""});
  const Outcome outcome = VerifyRecords(a, b);
  EXPECT_THAT(outcome.differences, ElementsAre("missing K:5 1", "extra K:5 1"));
  EXPECT_THAT(outcome.verification.differing, ElementsAre(KindName{"x", "K"}, KindName{"y", "K"}));
}

TEST(Verify, NothingInCommonAndHardlyAnyMemory) {
  const MemoryData a = SomeData(3000);
  MemoryData b = a;
  for (MemoryRecord& record : b.records) record.id += 1'000'000;
  VerifyOptions options;
  options.sort_memory = 1000;
  const Outcome outcome = VerifyRecords(a, b, options);
  EXPECT_EQ(outcome.verification.missing, 3000u);
  EXPECT_EQ(outcome.verification.extra, 3000u);
  EXPECT_EQ(outcome.differences.size(), 6000u);
}

TEST(Verify, OnlyTheSelectedKindIsCompared) {
  const MemoryData a = SomeData(200);
  MemoryData b = a;
  b.records.erase(b.records.begin() + 7);  // a User
  VerifyOptions options;
  options.selection.kinds = {"Order"};
  EXPECT_TRUE(VerifyRecords(a, b, options).verification.equal());
}

TEST(Verify, AManifestIsComparedByItsDigests) {
  const MemoryData data = SomeData(50);
  const Digests digests = VerifyRecords(data, data).verification.a.digests;
  const auto same = VerifyDatasets(Readable(data, "a"), FromManifest(digests));
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_TRUE(same->verification.equal());

  Digests other = digests;
  other[{"", "User"}].sum.low ^= 1;
  const auto different = VerifyDatasets(Readable(data, "a"), FromManifest(other));
  ASSERT_TRUE(different.ok()) << different.status();
  EXPECT_FALSE(different->verification.equal());
  EXPECT_FALSE(different->verification.keys_named);
  EXPECT_THAT(different->verification.keys_not_named, HasSubstr("--keys-index"));
}

TEST(Verify, WhatCouldNotBeReadIsTold) {
  MemoryData a = SomeData(20);
  a.records.push_back({.what = MemoryRecord::What::kReject});
  const Outcome outcome = VerifyRecords(a, SomeData(20));
  EXPECT_TRUE(outcome.verification.equal());
  EXPECT_TRUE(outcome.verification.a.unreadable());
  EXPECT_FALSE(outcome.verification.b.unreadable());
}

TEST(Verify, ASourceThatBreaksItsPromiseIsAnError) {
  MemoryData a = SomeData(20);
  a.promised = 21;
  const auto outcome = VerifyDatasets(Readable(a, "a"), Readable(a, "b"));
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(std::string(outcome.status().message()), HasSubstr("expected 21"));
}

}  // namespace
}  // namespace datahaul

// What every Source must do. A source's test includes this and says
//
//   INSTANTIATE_TEST_SUITE_P(MySource, SourceSuite, ::testing::Values(SourceUnderTest{"MySource", &OpenMySource}));
#ifndef DATAHAUL_TESTING_SOURCE_SUITE_H_
#define DATAHAUL_TESTING_SOURCE_SUITE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "model/source.h"
#include "testing/contents.h"

namespace datahaul {

struct SourceUnderTest {
  std::string name;
  // As another process does it: always the same data, undamaged or not, a few kilobytes in many batches.
  std::function<std::unique_ptr<Source>()> open;

  friend void PrintTo(const SourceUnderTest& source, std::ostream* out) { *out << source.name; }
};

class SourceSuite : public ::testing::TestWithParam<SourceUnderTest> {
 protected:
  struct Stop {
    Cursor cursor;
    Contents before;
  };

  SourceSuite() : source_(GetParam().open()) {
    absl::StatusOr<Snapshot> snapshot = source_->Begin({});
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    if (!snapshot.ok()) return;
    snapshot_ = *std::move(snapshot);
    namespaces_ = Split(nullptr, "", 1);
    whole_ = ReadAll(namespaces_);
  }

  std::vector<Partition> Split(const Partition* rest, const Cursor& after, uint64_t target) {
    absl::StatusOr<std::vector<Partition>> parts = source_->Split(snapshot_, {}, rest, after, target);
    EXPECT_TRUE(parts.ok()) << parts.status();
    return parts.ok() ? *std::move(parts) : std::vector<Partition>();
  }

  std::vector<Partition> SplitAll(uint64_t target) {
    std::vector<Partition> all;
    for (const Partition& whole : namespaces_) {
      for (Partition& part : Split(&whole, "", target)) all.push_back(std::move(part));
    }
    return all;
  }

  Contents Read(Source& source, const Partition& partition, const Cursor& after, std::vector<Stop>* stops = nullptr) {
    Contents contents;
    absl::StatusOr<std::unique_ptr<Reader>> reader = source.Open(snapshot_, partition, after);
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (!reader.ok()) return contents;
    RecordBatch batch;
    while (true) {
      const absl::Status status = (*reader)->Read(&batch);
      EXPECT_TRUE(status.ok()) << status;
      if (!status.ok() || (batch.empty() && batch.input_bytes == 0)) break;
      for (const Record& record : batch.records) EXPECT_TRUE(record.key != nullptr && record.key->size > 0);
      contents.Add(batch);
      if (stops != nullptr) stops->push_back({batch.cursor, contents});
    }
    EXPECT_TRUE((*reader)->Read(&batch).ok() && batch.empty() && batch.input_bytes == 0) << "the end stays the end";
    return contents;
  }

  Contents ReadAll(const std::vector<Partition>& parts) {
    Contents all;
    for (const Partition& part : parts) all.Add(Read(*source_, part, ""));
    return all;
  }

  std::unique_ptr<Source> source_;
  Snapshot snapshot_;
  std::vector<Partition> namespaces_;
  Contents whole_;
};

TEST_P(SourceSuite, TheDataIsWorthTheSuite) {
  EXPECT_GE(whole_.records.size(), 10u);
  EXPECT_GE(SplitAll(1).size(), 3u);
  std::vector<Stop> stops;
  Read(*source_, namespaces_[0], "", &stops);
  EXPECT_GE(stops.size(), 3u);
}

TEST_P(SourceSuite, CountsAreMet) {
  if (!source_->traits().exact_counts || !snapshot_.records || !whole_.lost.empty()) GTEST_SKIP() << "it tells none";
  EXPECT_EQ(*snapshot_.records, whole_.records.size() + whole_.rejects.size());
}

TEST_P(SourceSuite, ReadingAgainGivesTheSame) { EXPECT_EQ(ReadAll(namespaces_), whole_); }

TEST_P(SourceSuite, PartitionsTellTheirNamespace) {
  for (const Partition& part : SplitAll(1)) {
    for (const Partition& whole : namespaces_) {
      if (whole.ns == part.ns) return;
    }
    ADD_FAILURE() << "a partition of namespace " << part.ns << ", which Split did not name";
  }
}

TEST_P(SourceSuite, EveryTargetSizeGivesTheSameRecords) {
  std::vector<std::string> ranges_before;
  for (uint64_t target = 1; target <= snapshot_.bytes + 1; ++target) {
    const std::vector<Partition> parts = SplitAll(target);
    std::vector<std::string> ranges;
    for (const Partition& part : parts) ranges.push_back(part.range);
    if (ranges == ranges_before) continue;
    ranges_before = std::move(ranges);
    ASSERT_EQ(ReadAll(parts), whole_) << "target " << target;
  }
  EXPECT_EQ(SplitAll(~uint64_t{0}).size(), namespaces_.size());
}

TEST_P(SourceSuite, EveryCursorResumesToTheSameTail) {
  for (const uint64_t target : {uint64_t{1}, snapshot_.bytes / 5 + 1, ~uint64_t{0}}) {
    for (const Partition& part : SplitAll(target)) {
      std::vector<Stop> stops;
      const Contents contents = Read(*source_, part, "", &stops);
      const std::unique_ptr<Source> another = GetParam().open();
      for (const Stop& stop : stops) {
        ASSERT_EQ(Read(*another, part, stop.cursor), contents.After(stop.before))
            << stop.cursor << " of " << part.range;
      }
    }
  }
}

TEST_P(SourceSuite, WhatIsLeftAfterACursorCanBeSplit) {
  for (const Partition& whole : namespaces_) {
    std::vector<Stop> stops;
    const Contents contents = Read(*source_, whole, "", &stops);
    for (const Stop& stop : stops) {
      for (const uint64_t target : {uint64_t{1}, snapshot_.bytes / 7 + 1, ~uint64_t{0}}) {
        ASSERT_EQ(ReadAll(Split(&whole, stop.cursor, target)), contents.After(stop.before))
            << "after " << stop.cursor << ", target " << target;
      }
    }
  }
}

TEST_P(SourceSuite, ReadersRunTogether) {
  const std::vector<Partition> parts = SplitAll(snapshot_.bytes / 4 + 1);
  std::vector<Contents> found(parts.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < parts.size(); ++i) {
    threads.emplace_back([&, i] { found[i] = Read(*source_, parts[i], ""); });
  }
  for (std::thread& thread : threads) thread.join();
  Contents all;
  for (const Contents& one : found) all.Add(one);
  EXPECT_EQ(all, whole_);
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_SOURCE_SUITE_H_

// What every Sink must do. A sink's test includes this and says
//
//   INSTANTIATE_TEST_SUITE_P(MySink, SinkSuite, ::testing::Values(SinkUnderTest{"MySink", &NewWorldOfMySink}));
#ifndef DATAHAUL_TESTING_SINK_SUITE_H_
#define DATAHAUL_TESTING_SINK_SUITE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "model/sink.h"

namespace datahaul {

// A destination of its own for each test, empty at first. It outlives the sinks.
class SinkWorld {
 public:
  virtual ~SinkWorld() = default;
  // As another process does it: with IfExists::kFail, for any job.
  virtual std::unique_ptr<Sink> Open() = 0;
  // What who reads the destination finds: "NAMESPACE/KIND/NAME" of every record; those of a kind in their order.
  virtual std::vector<std::string> Published() = 0;
  // Whether there is no trace of any job.
  virtual bool IsEmpty() = 0;
};

struct SinkUnderTest {
  std::string name;
  std::function<std::unique_ptr<SinkWorld>()> new_world;

  friend void PrintTo(const SinkUnderTest& sink, std::ostream* out) { *out << sink.name; }
};

// Plays the engine.
class SinkSuite : public ::testing::TestWithParam<SinkUnderTest> {
 protected:
  using Rows = std::vector<std::string>;  // "NAMESPACE/KIND/NAME", where NAME is a number

  SinkSuite() : world_(GetParam().new_world()) { AnotherProcess(); }

  void AnotherProcess() {
    sink_.reset();
    sink_ = world_->Open();
    ++fence_;
  }

  JobContext Context(const std::string& job = "job1") {
    JobContext context;
    context.job = job;
    context.data_dir = "/data";
    context.source = "memory:source";
    context.selection = &selection_;
    context.counters = &counters_;
    context.digests = &digests_;
    if (job == "job1") {
      context.committed = committed_;
      context.resumed = prepared_;
    }
    return context;
  }
  absl::Status Prepare() {
    const absl::Status status = sink_->Prepare(Context());
    prepared_ |= status.ok();
    return status;
  }
  absl::Status Close(Outcome outcome = Outcome::kSucceeded) { return sink_->Close(Context(), outcome).status(); }

  static void Fill(const Rows& rows, RecordBatch* batch) {
    std::map<std::string, uint32_t> slots;
    for (const std::string& row : rows) {
      const size_t first = row.find('/'), second = row.rfind('/');
      auto* element = batch->arena.New<PathElement>();
      element->kind = batch->arena.CopyString(row.substr(first + 1, second - first - 1));
      element->name = batch->arena.CopyString(row.substr(second + 1));
      element->number = std::stoll(row.substr(second + 1));
      element->id = PathElement::Id::kName;
      auto* key = batch->arena.New<Key>();
      key->ns = batch->arena.CopyString(row.substr(0, first));
      key->path = element;
      key->size = 1;
      auto* field = batch->arena.New<Field>();
      field->name = batch->arena.CopyString("text");
      field->value.type = Type::kString;
      field->value.size = 1;
      field->value.chars = batch->arena.CopyString("x").data();
      Record& record = batch->records.emplace_back();
      record.key = key;
      record.properties.fields = field;
      record.properties.sorted = batch->arena.New<uint32_t>();
      record.properties.size = 1;
      record.slot = slots.try_emplace(row.substr(0, second), static_cast<uint32_t>(slots.size())).first->second;
    }
  }

  std::unique_ptr<Writer> Written(const Rows& rows, std::vector<Hash128>* hashes = nullptr) {
    absl::StatusOr<std::unique_ptr<Writer>> writer = sink_->Open({"job1", 0, slice_++}, fence_);
    EXPECT_TRUE(writer.ok()) << writer.status();
    RecordBatch batch;
    Fill(rows, &batch);
    std::vector<uint32_t> all(rows.size());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    std::vector<Hash128> found(rows.size());
    EXPECT_EQ((*writer)->Write(batch, all, found), absl::OkStatus());
    if (hashes != nullptr) *hashes = found;
    return *std::move(writer);
  }
  std::unique_ptr<Writer> Finished(const Rows& rows) {
    std::unique_ptr<Writer> writer = Written(rows);
    EXPECT_EQ(writer->Finish(), absl::OkStatus());
    return writer;
  }
  std::unique_ptr<Writer> Placed(const Rows& rows) {
    std::unique_ptr<Writer> writer = Finished(rows);
    EXPECT_EQ(writer->Place(), absl::OkStatus());
    return writer;
  }
  // As the job store does it.
  void Count(const Receipt& receipt) {
    committed_.insert(committed_.end(), receipt.extents.begin(), receipt.extents.end());
    std::sort(committed_.begin(), committed_.end(), [](const Extent& a, const Extent& b) {
      return std::tie(a.object, a.offset) < std::tie(b.object, b.offset);
    });
    std::vector<Extent> joined;
    for (const Extent& extent : committed_) JoinExtent(joined, extent);
    committed_ = std::move(joined);
  }
  void Commit(Writer& writer) {
    const absl::StatusOr<Receipt> receipt = writer.Commit();
    ASSERT_TRUE(receipt.ok()) << receipt.status();
    Count(*receipt);
  }
  void Write(const Rows& rows) {
    Commit(*Placed(rows));
    for (const std::string& row : rows) expected_.push_back(row);
  }

  // In the order of kinds, and with an ordered sink that of the records within.
  Rows Sorted(const Rows& rows) const {
    std::map<std::string, Rows> kinds;
    for (const std::string& row : rows) kinds[row.substr(0, row.rfind('/'))].push_back(row);
    Rows sorted;
    for (auto& [kind, of_kind] : kinds) {
      if (!sink_->traits().ordered) std::sort(of_kind.begin(), of_kind.end());
      sorted.insert(sorted.end(), of_kind.begin(), of_kind.end());
    }
    return sorted;
  }
  void ExpectPublished() { EXPECT_EQ(Sorted(world_->Published()), Sorted(expected_)); }

  const std::unique_ptr<SinkWorld> world_;
  std::unique_ptr<Sink> sink_;
  Fence fence_ = 0;
  uint64_t slice_ = 0;
  bool prepared_ = false;
  std::vector<Extent> committed_;
  Rows expected_;
  Selection selection_;
  Counters counters_;
  Digests digests_;
};

// ---- what comes out

TEST_P(SinkSuite, CloseAndNothingBeforeItPublishes) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Write({"/A/1", "eu/B/1", "/A/2"});
  Write({"eu/B/2"});
  Write({"/A/3", "/C/1"});
  EXPECT_EQ(world_->Published(), Rows());
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
}

TEST_P(SinkSuite, NothingAtAllCanBePublished) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  ASSERT_EQ(Close(), absl::OkStatus());
  EXPECT_EQ(world_->Published(), Rows());
}

TEST_P(SinkSuite, ReceiptsDescribeTheOutput) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Write({"/A/1", "eu/B/1", "/A/2"});
  Write({"/A/3", "eu/B/2"});
  uint64_t records = 0;
  std::set<std::string> objects;
  for (const Extent& extent : committed_) {
    EXPECT_FALSE(extent.object.empty());
    EXPECT_GT(extent.length, 0u);
    EXPECT_TRUE(!sink_->traits().ordered || (extent.offset == 0 && !objects.contains(extent.object))) << "a gap";
    records += extent.records;
    objects.insert(extent.object);
  }
  EXPECT_EQ(records, 5u);
}

TEST_P(SinkSuite, HashesAreTheRecords) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  std::vector<Hash128> first, second;
  Written({"/A/1", "eu/A/1", "/B/1", "/A/2"}, &first);
  Written({"/A/2", "/A/1"}, &second);
  EXPECT_EQ(first[0], second[1]);
  EXPECT_EQ(first[3], second[0]);
  EXPECT_EQ(std::set<Hash128>(first.begin(), first.end()).size(), 4u);
}

TEST_P(SinkSuite, RejectsAndLostRangesAreNoRecords) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Write({"/A/1"});
  std::unique_ptr<Writer> writer = *sink_->Open({"job1", 0, slice_++}, fence_);
  RecordBatch batch;
  batch.rejects.push_back({.object = "in", .offset = 7, .length = 3, .reason = "expected x, found y", .bytes = "yyy"});
  batch.lost.push_back({"in", 10, 20, "damaged"});
  ASSERT_EQ(writer->Write(batch, {}, {}), absl::OkStatus());
  ASSERT_EQ(writer->Finish(), absl::OkStatus());
  ASSERT_EQ(writer->Place(), absl::OkStatus());
  Commit(*writer);
  writer.reset();
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
}

TEST_P(SinkSuite, PlacedWritersCommitTogether) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  constexpr size_t kWriters = 8;
  std::vector<std::unique_ptr<Writer>> writers;
  for (size_t i = 0; i < kWriters; ++i) {
    const Rows rows = {StrCat("/A/", i), StrCat("/K", i % 3, "/", i)};
    writers.push_back(Placed(rows));
    expected_.insert(expected_.end(), rows.begin(), rows.end());
  }
  std::vector<absl::StatusOr<Receipt>> receipts(kWriters);
  std::vector<std::thread> threads;
  for (size_t i = kWriters; i-- > 0;) {
    threads.emplace_back([&, i] { receipts[i] = writers[i]->Commit(); });
  }
  for (std::thread& thread : threads) thread.join();
  writers.clear();
  for (const absl::StatusOr<Receipt>& receipt : receipts) {
    ASSERT_TRUE(receipt.ok()) << receipt.status();
    Count(*receipt);
  }
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
}

// ---- what does not count

TEST_P(SinkSuite, AnAbandonedWriterLeavesNothing) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Write({"/A/1"});
  Written({"/A/100", "/D/100"});
  Finished({"/A/101", "/D/101"});
  Write({"/A/2"});
  Placed({"/A/102", "/D/102"});
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Write({"/A/3"});
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
}

TEST_P(SinkSuite, WhatComesAfterAnAbandonedSliceIsWrittenAgain) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Write({"/A/1"});
  std::unique_ptr<Writer> first = Placed({"/A/2"}), second = Placed({"/A/3", "/B/3"});
  first.reset();
  (void)second->Commit();  // may fail, may not: nobody counts it
  second.reset();
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Write({"/A/2"});
  Write({"/A/3", "/B/3"});
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
}

TEST_P(SinkSuite, PrepareAgainKeepsWhatReceiptsSayAndNothingElse) {
  for (const bool another_process : {false, true, false}) {
    ASSERT_EQ(Prepare(), absl::OkStatus());
    Write({StrCat("/A/", slice_), StrCat("/B/", slice_)});
    // Durable, but nobody heard of it.
    ASSERT_TRUE(Placed({"/A/100", "/D/100"})->Commit().ok());
    if (another_process) AnotherProcess();
  }
  ASSERT_EQ(Prepare(), absl::OkStatus());
  ASSERT_EQ(Prepare(), absl::OkStatus()) << "twice in a row";
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
}

TEST_P(SinkSuite, WhatNobodyHeardOfBeforeTheEndIsNotPublished) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Write({"/A/1"});
  ASSERT_TRUE(Placed({"/A/100"})->Commit().ok());
  ASSERT_EQ(Prepare(), absl::OkStatus());
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
}

TEST_P(SinkSuite, WhoHasLostTheJobChangesNothing) {
  const auto prepare = [this](Sink& sink, const absl::Status& held) {
    JobContext context = Context();
    context.still_held = [&held] { return held; };
    return sink.Prepare(context);
  };
  const absl::Status lost = absl::AbortedError("the lease is another's");
  EXPECT_EQ(prepare(*sink_, lost), lost);
  EXPECT_TRUE(world_->IsEmpty());
  ASSERT_EQ(prepare(*sink_, absl::OkStatus()), absl::OkStatus());
  prepared_ = true;
  Write({"/A/1"});
  {
    const std::unique_ptr<Sink> late = world_->Open();
    const std::vector<Extent> committed = std::exchange(committed_, {});  // what it knows is from before
    EXPECT_EQ(prepare(*late, lost), lost);
    committed_ = committed;
  }
  Write({"/A/2"});
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
}

// ---- the end

TEST_P(SinkSuite, AnyProcessMayCloseAndCloseAgain) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Write({"/A/1", "eu/B/1"});
  AnotherProcess();  // which has prepared nothing
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
  ASSERT_EQ(Close(), absl::OkStatus());
  AnotherProcess();
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
}

TEST_P(SinkSuite, DiscardRemovesEveryTrace) {
  for (const bool written : {false, true}) {
    for (const bool another_process : {false, true}) {
      committed_.clear();
      prepared_ = false;
      ASSERT_EQ(Prepare(), absl::OkStatus()) << "the destination is free again";
      if (written) {
        Write({"/A/1", "eu/B/1"});
        ASSERT_TRUE(Placed({"/A/100", "eu/D/100"})->Commit().ok());
      }
      if (another_process) AnotherProcess();
      ASSERT_EQ(Close(Outcome::kDiscarded), absl::OkStatus());
      EXPECT_TRUE(world_->IsEmpty());
      ASSERT_EQ(Close(Outcome::kDiscarded), absl::OkStatus());
    }
  }
}

TEST_P(SinkSuite, AnotherJobIsKeptOut) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Write({"/A/1"});
  {
    const std::unique_ptr<Sink> other = world_->Open();
    const absl::Status refused = other->Prepare(Context("job2"));
    EXPECT_EQ(RetryOf(refused), Retry::kHuman) << refused;
    // As a job that never began it has left nothing, and takes nothing along.
    EXPECT_EQ(other->Close(Context("job2"), Outcome::kDiscarded).status(), absl::OkStatus());
  }
  Write({"/A/2"});
  ASSERT_EQ(Close(), absl::OkStatus());
  ExpectPublished();
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_SINK_SUITE_H_

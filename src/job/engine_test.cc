// The engine on real threads.
#include "job/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/stop.h"
#include "base/text.h"
#include "job/sqlite_job_store.h"
#include "model/schema_json.h"
#include "testing/memory_sink.h"
#include "testing/memory_source.h"
#include "testing/memory_spool.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kSpool[] = "memory:spool";

class EngineTest : public ::testing::Test, public Connectors {
 protected:
  EngineTest() {
    store_ = *OpenSqliteJobStore(":memory:", &Clock::Real());
    options_.workers = 4;
    options_.backoff_first = 100;
    options_.backoff_most = 1000;
    options_.process = "me";
    spec_.source = "memory:source";
    spec_.sink = "memory:sink";
    sink_options_.slice_bytes = 500;
  }

  absl::StatusOr<std::unique_ptr<Source>> OpenSource(const JobSpec& spec) override {
    DH_RETURN_IF_ERROR(Ask(fault_, "connectors.source"));
    if (spec.source == kSpool) return std::make_unique<MemorySpool>(&data_, &spool_, fault_);
    return std::make_unique<MemorySource>(&data_, fault_);
  }
  absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const JobSpec& spec) override {
    if (spec.sink == kSpool) {
      const MemorySinkOptions options{.ordered = false, .slice_bytes = 300, .spool = true};
      return std::make_unique<MemorySink>(
          &spool_, options, [this](std::string_view call) { return Ask(fault_, StrCat("spool.", call)); });
    }
    MemoryDestination* to = spec.sink == "memory:elsewhere" ? &elsewhere_ : &destination_;
    return std::make_unique<MemorySink>(to, sink_options_, fault_);
  }
  absl::StatusOr<JobSpec> SpoolOf(const JobSpec&, const std::string&) override {
    JobSpec spool;
    spool.source = spool.sink = kSpool;
    return spool;
  }
  absl::StatusOr<Schema> EarlierSchema(const JobSpec&) override {
    DH_RETURN_IF_ERROR(Ask(fault_, "connectors.earlier"));
    return earlier_;
  }
  absl::StatusOr<std::string> BytesOf(const Record& record) override { return MemoryLine(record); }

  // The names of the columns after the key.
  static std::vector<std::string> Columns(const Job& job, std::string_view ns, std::string_view kind) {
    std::vector<std::string> names;
    for (const Column& column : job.schema->Find(ns, kind)->columns) {
      if (!column.key) names.push_back(column.name);
    }
    return names;
  }

  void AddRecords(int count, const std::string& kind = "Order", const std::string& ns = "") {
    for (int i = 0; i < count; ++i)
      data_.records.push_back({ns, kind, i, std::string(static_cast<size_t>(i % 40), 'x')});
    data_.promised = data_.records.size();
  }

  std::string Submit() { return *store_->Submit(spec_, ""); }
  Job Run(const std::string& job) {
    const absl::StatusOr<Job> result = Engine(store_.get(), this, &Clock::Real(), options_).Run(job, nullptr);
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(destination_.breaches.empty()) << destination_.breaches.front();
    return result.ok() ? *result : Job();
  }
  Job RunNew() { return Run(Submit()); }

  std::map<std::string, std::string> Lines() const {
    std::map<std::string, std::string> lines;
    for (const MemoryRecord& record : data_.records) {
      Arena arena;
      Record built;
      BuildRecord(record, arena, &built);
      lines[MemoryObjectName(record.ns, record.kind)] += MemoryLine(built);
    }
    return lines;
  }

  // Fails the `nth` call (from 0) of that name, and `more` after it.
  void FailAt(std::string_view call, absl::Status status, int nth = 0, int more = 0) {
    fault_ = [this, call, status = std::move(status), nth, more](std::string_view asked) {
      if (asked != call) return absl::OkStatus();
      const int n = calls_++;
      return n >= nth && n <= nth + more ? status : absl::OkStatus();
    };
  }

  void ExpectNothingLeft() {
    EXPECT_TRUE(destination_.partial.empty());
    EXPECT_TRUE(destination_.published.empty());
    EXPECT_EQ(destination_.claimed_by, "");
  }

  MemoryData data_;
  MemorySinkOptions sink_options_;
  MemoryDestination destination_, elsewhere_, spool_;
  FaultHook fault_;
  std::atomic<int> calls_ = 0;
  Schema earlier_;
  JobSpec spec_;
  EngineOptions options_;
  std::unique_ptr<JobStore> store_;
};

// ---- what comes out

TEST_F(EngineTest, CopiesInOrder) {
  AddRecords(2000, "Order");
  AddRecords(500, "Customer", "tenant");
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(destination_.published, Lines());
  EXPECT_TRUE(destination_.partial.empty());
  EXPECT_EQ(job.counters.kinds.at({"", "Order"}), (Tally{2000, 2000, 0, 0}));
  EXPECT_EQ(job.counters.kinds.at({"tenant", "Customer"}), (Tally{500, 500, 0, 0}));
  EXPECT_EQ(job.counters.named.at("bytes_in"), job.bytes_total);
  EXPECT_EQ(job.counters.named.at("lines"), 2500u) << "what the writers have to report";
  EXPECT_EQ(job.digests.at({"", "Order"}).records, 2000u);
  EXPECT_GT(job.shards, 10u);
  EXPECT_EQ(job.shards_done, job.shards);
}

TEST_F(EngineTest, BytesDoNotDependOnWorkers) {
  AddRecords(1000);
  for (const int workers : {1, 2, 7}) {
    options_.workers = workers;
    ASSERT_EQ(RunNew().state, JobState::kSucceeded);
    EXPECT_EQ(destination_.published, Lines());
    destination_.published.clear();
  }
}

TEST_F(EngineTest, CopiesNothing) {
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_TRUE(destination_.published.empty());
}

TEST_F(EngineTest, UnorderedSinksGetEverySliceOnce) {
  sink_options_.ordered = false;
  AddRecords(1000);
  ASSERT_EQ(RunNew().state, JobState::kSucceeded);
  size_t bytes = 0;
  for (const auto& [name, piece] : destination_.published) bytes += piece.size();
  EXPECT_EQ(bytes, Lines()["/Order"].size());
}

TEST_F(EngineTest, FiltersByKindAndCountsIt) {
  AddRecords(50, "Order");
  AddRecords(30, "Customer");
  spec_.selection.kinds = {"Customer"};
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(destination_.published.size(), 1u);
  EXPECT_EQ(job.counters.kinds.at({"", "Order"}), (Tally{50, 0, 50, 0}));
  EXPECT_EQ(job.counters.kinds.at({"", "Customer"}), (Tally{30, 30, 0, 0}));
}

TEST_F(EngineTest, ALimitTakesTheFirst) {
  AddRecords(300, "Order");
  AddRecords(300, "Customer");
  spec_.selection.kinds = {"Customer"};
  for (const uint64_t limit : {0u, 1u, 157u, 300u, 1000u}) {
    spec_.selection.limit = limit;
    const Job job = RunNew();
    ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
    EXPECT_EQ(job.counters.Total().written, std::min<uint64_t>(limit, 300));
    EXPECT_EQ(job.shards_done, job.shards);
    EXPECT_FALSE(job.snapshot.notes.empty());
    EXPECT_TRUE(Lines()["/Customer"].starts_with(destination_.published["/Customer"]));
    destination_.published.clear();
  }
}

// ---- schemas

TEST_F(EngineTest, ASinkThatNeedsASchemaGetsItBeforeTheFirstRecord) {
  sink_options_.needs_schema = true;
  options_.scan_bytes = 4000;
  AddRecords(2000, "Order");
  AddRecords(500, "Customer", "tenant");
  data_.records[1999].more = "late";
  data_.kinds = {{"", "Order"}, {"", "Empty"}};
  const Job job = RunNew();
  ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
  ASSERT_TRUE(job.schema);
  EXPECT_EQ(destination_.published[kMemorySchema], ToJson(*job.schema));
  EXPECT_EQ(job.schema->kinds.size(), 3u);
  using Names = std::vector<std::string>;
  EXPECT_EQ(Columns(job, "", "Order"), Names({"late", "text"})) << "also what comes last";
  EXPECT_EQ(Columns(job, "tenant", "Customer"), Names({"text"}));
  EXPECT_EQ(Columns(job, "", "Empty"), Names()) << "the source names it";
  destination_.published.erase(kMemorySchema);
  EXPECT_EQ(destination_.published, Lines());
  EXPECT_EQ(job.counters.Total(), (Tally{2500, 2500, 0, 0})) << "scanning does not count as reading";
  EXPECT_EQ(job.counters.named.at("scanned_bytes"), job.bytes_total);
  EXPECT_EQ(job.counters.named.at("bytes_in"), job.bytes_total);
  EXPECT_EQ(job.shards_done, job.shards);
}

TEST_F(EngineTest, AnEmptySourceHasTheSchemaOfItsKinds) {
  sink_options_.needs_schema = true;
  data_.kinds = {{"", "Order"}};
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(destination_.published[kMemorySchema], ToJson(*job.schema));
  EXPECT_EQ(job.schema->kinds.size(), 1u);
}

TEST_F(EngineTest, OnlyWhatIsSelectedIsInTheSchema) {
  sink_options_.needs_schema = true;
  AddRecords(50, "Order");
  AddRecords(30, "Customer");
  data_.kinds = {{"", "Order"}, {"", "Customer"}, {"tenant", "Customer"}};
  spec_.selection.kinds = {"Customer"};
  spec_.selection.namespaces = {""};
  const Job job = RunNew();
  ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(job.schema->kinds.size(), 1u);
  EXPECT_NE(job.schema->Find("", "Customer"), nullptr);
}

TEST_F(EngineTest, ALimitedScanTakesTheFirst) {
  sink_options_.needs_schema = true;
  options_.scan_bytes = 2000;
  AddRecords(300, "Order");
  AddRecords(300, "Customer");
  data_.records[456].more = "late";
  spec_.selection.kinds = {"Customer"};
  for (const uint64_t limit : {0u, 1u, 156u, 157u, 300u, 1000u}) {
    spec_.selection.limit = limit;
    const Job job = RunNew();
    ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
    EXPECT_EQ(job.counters.Total().written, std::min<uint64_t>(limit, 300));
    if (limit == 0) {
      EXPECT_TRUE(job.schema->kinds.empty());
    } else {
      EXPECT_EQ(Columns(job, "", "Customer").size(), limit < 157 ? 1u : 2u) << limit;
    }
    if (limit < 157) {
      EXPECT_LT(job.counters.named.contains("scanned_bytes") ? job.counters.named.at("scanned_bytes") : 0,
                job.bytes_total);
    }
    destination_.published.clear();
  }
}

TEST_F(EngineTest, WhatCannotBeReadIsReportedOnce) {
  sink_options_.needs_schema = true;
  AddRecords(100);
  data_.accepts_loss = true;
  data_.records[10].what = MemoryRecord::What::kReject;
  data_.records[20].what = MemoryRecord::What::kLost;
  spec_.max_rejects = 1;
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(job.counters.Total(), (Tally{99, 98, 0, 1}));
  EXPECT_EQ(job.counters.named.at("lost_ranges"), 1u);
}

TEST_F(EngineTest, ATakenDestinationIsRefusedBeforeTheScan) {
  sink_options_.needs_schema = true;
  AddRecords(10);
  destination_.published["/Order"] = "old";
  fault_ = [this](std::string_view call) {
    calls_ += call == "source.read";
    return absl::OkStatus();
  };
  EXPECT_EQ(RunNew().state, JobState::kInterrupted);
  EXPECT_EQ(calls_, 0);
}

TEST_F(EngineTest, AScanGoesOnWhereItWasInterrupted) {
  sink_options_.needs_schema = true;
  options_.scan_bytes = 4000;
  AddRecords(1000);
  FailAt("source.read", HumanError("reading memory: unplugged"), 100);
  const std::string id = Submit();
  Job job = Run(id);
  ASSERT_EQ(job.state, JobState::kInterrupted);
  EXPECT_EQ(job.phase, Phase::kScan);
  const uint64_t scanned = job.counters.named.at("scanned_bytes");
  EXPECT_GT(scanned, 0u);
  EXPECT_LT(scanned, job.bytes_total);
  fault_ = nullptr;
  ASSERT_EQ(store_->Resume(id), absl::OkStatus());
  job = Run(id);
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(job.counters.named.at("scanned_bytes"), job.bytes_total);
  destination_.published.erase(kMemorySchema);
  EXPECT_EQ(destination_.published, Lines());
}

TEST_F(EngineTest, TheSchemaIsKeptWithTheJob) {
  sink_options_.needs_schema = true;
  AddRecords(600);
  FailAt("writer.sync", HumanError("writing memory: disk full"), 4, 1'000'000);
  const std::string id = Submit();
  const Job before = Run(id);
  ASSERT_EQ(before.state, JobState::kInterrupted);
  EXPECT_EQ(before.phase, Phase::kWrite);
  fault_ = nullptr;
  data_.records[7].more = "new";  // a scan would see it
  ASSERT_EQ(store_->Resume(id), absl::OkStatus());
  const Job job = Run(id);
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(job.schema, before.schema);
}

TEST_F(EngineTest, KindsThatTurnUpAfterTheScanFailTheJob) {
  sink_options_.needs_schema = true;
  AddRecords(100);
  std::atomic<bool> renamed = false;
  fault_ = [&](std::string_view call) {
    if (call == "sink.open" && !renamed.exchange(true)) data_.records[50].kind = "New";
    return absl::OkStatus();
  };
  options_.workers = 1;
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("kind New of namespace \"\""), std::string::npos) << job.error;
  ExpectNothingLeft();
}

TEST_F(EngineTest, DecisionsAboutColumnsBecomeNotesTheFirstOfThem) {
  sink_options_.needs_schema = true;
  AddRecords(2);
  for (MemoryRecord& record : data_.records) record.more = "mixed";
  Job job = RunNew();
  ASSERT_EQ(job.snapshot.notes.size(), 1u);
  EXPECT_EQ(job.snapshot.notes[0].find("Order: mixed: "), 0u) << job.snapshot.notes[0];
  destination_.published.clear();

  data_.records.clear();
  for (int kind = 0; kind < 60; ++kind) AddRecords(2, StrCat("K", kind), "tenant");
  for (MemoryRecord& record : data_.records) record.more = "mixed";
  job = RunNew();
  ASSERT_EQ(job.snapshot.notes.size(), 51u);
  EXPECT_EQ(job.snapshot.notes[0].find("tenant/K0: mixed: "), 0u) << job.snapshot.notes[0];
  EXPECT_EQ(job.snapshot.notes[50], "and 10 more about columns");
}

TEST_F(EngineTest, ASourceThatIsReadOnceCannotBePlannedForWithoutASpool) {
  AddRecords(10);
  data_.rescan = SourceTraits::Rescan::kNever;
  EXPECT_EQ(RunNew().state, JobState::kSucceeded) << "without a schema it is no matter";
  destination_.published.clear();
  sink_options_.needs_schema = true;
  spec_.options = {{"spool", "never"}};
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("can be read only once"), std::string::npos) << job.error;
}

TEST_F(EngineTest, RefusesUnknownPolicies) {
  sink_options_.needs_schema = true;
  AddRecords(10);
  spec_.options = {{"policy", "guess"}};
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("expected json, widen or variants, found guess"), std::string::npos) << job.error;
  ExpectNothingLeft();
}

// ---- an earlier schema

// ---- spools

class SpoolTest : public EngineTest {
 protected:
  SpoolTest() {
    sink_options_.needs_schema = true;
    options_.scan_bytes = 4000;
    data_.rescan = SourceTraits::Rescan::kCostly;
  }

  // What the sink has published and the job counts, with the source read twice.
  Job RunWithoutSpool() {
    const auto rescan = std::exchange(data_.rescan, SourceTraits::Rescan::kCheap);
    Job job = RunNew();
    data_.rescan = rescan;
    published_ = std::exchange(destination_.published, {});
    return job;
  }

  void ExpectSame(const Job& job, const Job& expected) {
    ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
    EXPECT_EQ(destination_.published, published_);
    EXPECT_EQ(job.counters.kinds, expected.counters.kinds);
    EXPECT_EQ(job.digests, expected.digests);
    EXPECT_EQ(job.schema, expected.schema);
    EXPECT_EQ(job.snapshot.notes, expected.snapshot.notes);
    EXPECT_EQ(job.shards_done, job.shards);
    auto named = job.counters.named, others = expected.counters.named;
    EXPECT_GT(named["spooled_bytes"], 0u);
    named.erase("spooled_bytes");
    others.erase("scanned_bytes");
    EXPECT_EQ(named, others);
    ExpectNoSpool();
  }

  void ExpectNoSpool() {
    EXPECT_TRUE(spool_.breaches.empty()) << spool_.breaches.front();
    EXPECT_TRUE(spool_.partial.empty());
    EXPECT_TRUE(spool_.published.empty());
    EXPECT_EQ(spool_.claimed_by, "");
  }

  std::map<std::string, std::string> published_;
};

TEST_F(SpoolTest, ACostlySourceIsReadOnce) {
  AddRecords(2000, "Order");
  AddRecords(500, "Customer", "tenant");
  data_.records[1999].more = "late";
  data_.kinds = {{"", "Order"}, {"", "Empty"}};
  const Job expected = RunWithoutSpool();
  std::atomic<uint64_t> opens = 0, reads = 0;
  fault_ = [&](std::string_view call) {
    opens += call == "source.open";
    reads += call == "source.read";
    return absl::OkStatus();
  };
  const Job job = RunNew();
  ExpectSame(job, expected);
  EXPECT_EQ(job.snapshot.spooled, job.digests);
  EXPECT_GT(opens, 5u);
  EXPECT_LE(reads, 2500 / data_.batch_records + 2 * opens) << "a batch at the end of each task, and its end";
}

TEST_F(SpoolTest, TheUserMayForceIt) {
  AddRecords(100);
  const Job expected = RunWithoutSpool();
  data_.rescan = SourceTraits::Rescan::kCheap;
  spec_.options = {{"spool", "always"}};
  ExpectSame(RunNew(), expected);
  destination_.published.clear();
  data_.rescan = SourceTraits::Rescan::kCostly;
  spec_.options = {{"spool", "never"}};
  const Job job = RunNew();
  EXPECT_EQ(job.counters.named.at("scanned_bytes"), job.bytes_total);
  EXPECT_EQ(destination_.published, published_);
}

TEST_F(SpoolTest, WithoutASchemaThereIsNone) {
  sink_options_.needs_schema = false;
  AddRecords(100);
  fault_ = [](std::string_view call) {
    return call.starts_with("spool.") ? InternalError(std::string(call)) : absl::OkStatus();
  };
  EXPECT_EQ(RunNew().state, JobState::kSucceeded);
}

TEST_F(SpoolTest, AnEmptySourceHasAnEmptySpool) {
  data_.kinds = {{"", "Empty"}};
  const Job job = RunNew();
  ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(job.schema->kinds.size(), 1u);
  ExpectNoSpool();
}

TEST_F(SpoolTest, WhatCannotBeReadIsReportedOnceAndReachesTheSink) {
  AddRecords(400);
  AddRecords(20, "Other");
  spec_.selection.kinds = {"Order"};
  data_.accepts_loss = true;
  data_.records[10].what = MemoryRecord::What::kReject;
  data_.records[211].what = MemoryRecord::What::kReject;
  data_.records[300].what = MemoryRecord::What::kLost;
  data_.records[410].what = MemoryRecord::What::kReject;
  data_.promised_payload = 1;
  spec_.max_rejects = 2;
  const Job expected = RunWithoutSpool();
  ASSERT_EQ(expected.state, JobState::kSucceeded) << expected.error;
  ASSERT_EQ(expected.counters.named.at("lost_records"), 1u);
  ExpectSame(RunNew(), expected);
  EXPECT_NE(published_["_rejects"], "");
}

TEST_F(SpoolTest, WhatTheSourcePromisesIsCheckedOnceTheSpoolIsFull) {
  AddRecords(100);
  data_.promised = 101;
  const std::string id = Submit();
  const Job job = Run(id);
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.phase, Phase::kSchema);
  EXPECT_NE(job.error.find("metadata promises 101 records, 100 were read"), std::string::npos) << job.error;
  ExpectNothingLeft();
  ExpectNoSpool();
}

TEST_F(SpoolTest, ALimitTakesTheFirst) {
  AddRecords(300, "Order");
  AddRecords(300, "Customer");
  spec_.selection.kinds = {"Customer"};
  for (const uint64_t limit : {0u, 1u, 157u, 1000u}) {
    spec_.selection.limit = limit;
    const Job job = RunNew();
    ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
    EXPECT_EQ(job.counters.Total().written, std::min<uint64_t>(limit, 300));
    EXPECT_TRUE(Lines()["/Customer"].starts_with(destination_.published["/Customer"]));
    EXPECT_EQ(job.snapshot.spooled, job.digests);
    ExpectNoSpool();
    destination_.published.clear();
  }
}

TEST_F(SpoolTest, WhatWasRejectedBehindTheLimitReachesTheSink) {
  AddRecords(1, "Other");
  AddRecords(6, "Order");
  spec_.selection.kinds = {"Order"};
  spec_.selection.limit = 4;
  spec_.max_rejects = 2;
  data_.batch_records = 4;
  // With the fourth in one batch of the source, and in the next one of the spool.
  data_.records[5].what = MemoryRecord::What::kReject;
  const Job expected = RunWithoutSpool();
  ASSERT_EQ(expected.counters.Total().rejected, 1u);
  ASSERT_NE(published_["_rejects"], "");
  ExpectSame(RunNew(), expected);
}

TEST_F(SpoolTest, AJobWhoseOutputIsPublishedDoesNotFail) {
  AddRecords(100);
  const Job expected = RunWithoutSpool();
  fault_ = [&](std::string_view call) {
    if (call != "spool.sink.close") return absl::OkStatus();
    std::lock_guard lock(destination_.mutex);
    return destination_.published.empty() ? absl::OkStatus() : DataError("a strange disk");
  };
  const std::string id = Submit();
  const Job job = Run(id);
  ASSERT_EQ(job.state, JobState::kInterrupted);
  EXPECT_NE(job.error.find("a strange disk"), std::string::npos) << job.error;
  EXPECT_EQ(destination_.published, published_);
  fault_ = nullptr;
  ASSERT_EQ(store_->Resume(id), absl::OkStatus());
  ExpectSame(Run(id), expected);
}

TEST_F(SpoolTest, ADamagedSpoolFailsTheJob) {
  AddRecords(100);
  std::string damaged;
  fault_ = [&](std::string_view call) {
    if (call != "spool.open" || !damaged.empty()) return absl::OkStatus();
    std::lock_guard lock(spool_.mutex);
    std::string& bytes = spool_.published.begin()->second;
    damaged = bytes;
    bytes[0] = '7';  // another record in place of the first
    return absl::OkStatus();
  };
  options_.workers = 1;
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("the spool was damaged"), std::string::npos) << job.error;
  ExpectNothingLeft();
  ExpectNoSpool();
}

TEST_F(SpoolTest, FaultsThatPassAreRetriedInEveryPhase) {
  options_.scan_bytes = 2000;
  AddRecords(600);
  const Job expected = RunWithoutSpool();
  for (const int nth : {0, 1, 4}) {
    for (const char* call :
         {"source.split", "source.open", "source.read", "sink.prepare", "sink.close", "spool.sink.prepare",
          "spool.sink.open", "spool.writer.write", "spool.writer.commit", "spool.sink.close", "spool.begin",
          "spool.split", "spool.open", "spool.read", "writer.commit", "connectors.source"}) {
      calls_ = 0;
      FailAt(call, absl::UnavailableError("try again"), nth, 1);
      const Job job = RunNew();
      SCOPED_TRACE(StrCat(call, " ", nth));
      ExpectSame(job, expected);
      destination_.published.clear();
    }
  }
}

TEST_F(SpoolTest, GoesOnWhereItWasInterrupted) {
  AddRecords(1000);
  const Job expected = RunWithoutSpool();
  for (const char* call :
       {"source.read", "spool.writer.sync", "spool.sink.close", "spool.begin", "spool.read", "writer.sync"}) {
    SCOPED_TRACE(call);
    calls_ = 0;
    FailAt(call, HumanError("unplugged"), call == std::string("spool.begin") ? 0 : 7, 1'000'000);
    const std::string id = Submit();
    ASSERT_EQ(Run(id).state, JobState::kInterrupted);
    fault_ = nullptr;
    ASSERT_EQ(store_->Resume(id), absl::OkStatus());
    ExpectSame(Run(id), expected);
    destination_.published.clear();
  }
}

TEST_F(SpoolTest, CancellationAndFailureLeaveNothing) {
  AddRecords(1000);
  for (const char* call : {"connectors.source", "spool.sink.prepare", "source.read", "spool.writer.sync", "spool.begin",
                           "spool.read", "writer.sync", "sink.close"}) {
    SCOPED_TRACE(call);
    const std::string id = Submit();
    FailAt(call, HumanError("unplugged"), 0, 1'000'000);
    calls_ = 0;
    ASSERT_EQ(Run(id).state, JobState::kInterrupted);
    fault_ = nullptr;
    ASSERT_EQ(store_->Cancel(id), absl::OkStatus());
    ASSERT_EQ(Run(id).state, JobState::kCancelled);
    ExpectNothingLeft();
    ExpectNoSpool();

    FailAt(call, DataError("broken"), 0, 1'000'000);
    calls_ = 0;
    const std::string other = Submit();
    Job job = Run(other);
    ASSERT_EQ(job.state, JobState::kFailed);
    fault_ = nullptr;
    ASSERT_EQ(Engine(store_.get(), this, &Clock::Real(), options_).Discard(other), absl::OkStatus());
    ExpectNothingLeft();
    ExpectNoSpool();
  }
}

// ---- drift

class DriftTest : public EngineTest {
 protected:
  // Now: text is a string, "more" an integer in the even records and a string in the odd ones.
  DriftTest() {
    sink_options_.needs_schema = true;
    AddRecords(20);
    for (MemoryRecord& record : data_.records) record.more = "more";
    spec_.options = {{"against", "old/manifest.json"}};
    std::vector<Column>& columns = earlier_.kinds[{"", "Order"}].columns;
    columns = KeyColumns();
    columns.push_back({.name = "gone", .field = "gone", .type = ColumnType::kBool});
    columns.push_back({.name = "more", .field = "more", .type = ColumnType::kInt});
  }

  Job RunWith(const std::string& on_drift) {
    spec_.options.emplace_back("on-drift", on_drift);
    return RunNew();
  }
  static ColumnType TypeOf(const Job& job, std::string_view name) {
    for (const Column& column : job.schema->Find("", "Order")->columns) {
      if (column.name == name) return column.type;
    }
    return ColumnType::kStruct;
  }
};

TEST_F(DriftTest, BreakingDifferencesFailTheJob) {
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(static_cast<Retry>(job.error_retry), Retry::kNever);
  for (const char* part : {"old/manifest.json: Order: more: ", "--on-drift=adapt", "--on-drift=set-aside"}) {
    EXPECT_NE(job.error.find(part), std::string::npos) << job.error;
  }
  EXPECT_EQ(job.error.find("gone"), std::string::npos) << job.error;
  ExpectNothingLeft();
}

TEST_F(DriftTest, AdditionsFailNothingAndWhatIsAbsentKeepsItsColumn) {
  earlier_.kinds[{"", "Order"}].columns.pop_back();
  const Job job = RunWith("fail");
  ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(Columns(job, "", "Order"), std::vector<std::string>({"gone", "more", "text"}));
  const auto& notes = job.snapshot.notes;
  EXPECT_TRUE(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
    return note.starts_with("Order: more: ") && note.ends_with("(additive)");
  }));
}

TEST_F(DriftTest, AdaptingWritesTheNewTypes) {
  const Job job = RunWith("adapt");
  ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(job.counters.Total(), (Tally{20, 20, 0, 0}));
  EXPECT_EQ(TypeOf(job, "more"), ColumnType::kJson);
  EXPECT_EQ(TypeOf(job, "gone"), ColumnType::kBool);
}

TEST_F(DriftTest, RecordsThatDoNotFitAreSetAside) {
  spec_.max_rejects = 10;
  Job job = RunWith("set-aside");
  ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(job.counters.Total(), (Tally{20, 10, 0, 10}));
  EXPECT_EQ(TypeOf(job, "more"), ColumnType::kInt);
  EXPECT_NE(destination_.published["_rejects"].find("Order 1 with the earlier columns: field \"more\""),
            std::string::npos)
      << destination_.published["_rejects"];
  destination_.published.clear();

  spec_.max_rejects = 9;
  job = RunNew();
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("--max-rejects"), std::string::npos) << job.error;
}

TEST_F(DriftTest, FaultsOfTheEarlierSchemaAreRetriedAndMistakesAreNot) {
  FailAt("connectors.earlier", absl::UnavailableError("try again"), 0, 1);
  EXPECT_EQ(RunWith("adapt").state, JobState::kSucceeded);
  destination_.published.clear();
  spec_.options.pop_back();
  const Job job = RunWith("guess");
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("expected fail, adapt or set-aside, found guess"), std::string::npos) << job.error;
}

// ---- what does not add up

TEST_F(EngineTest, AMissingRecordFailsTheJob) {
  AddRecords(20);
  data_.promised = 21;
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("memory:source: metadata promises 21 records, 20 were read"), std::string::npos)
      << job.error;
  ExpectNothingLeft();
}

TEST_F(EngineTest, ByteCountsThatDisagreeAreNoted) {
  AddRecords(20);
  uint64_t payload = 0;
  for (const MemoryRecord& record : data_.records) payload += record.text.size();
  data_.promised_payload = payload;
  EXPECT_TRUE(RunNew().snapshot.notes.empty());
  destination_.published.clear();
  data_.promised_payload = payload + 1;
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  ASSERT_EQ(job.snapshot.notes.size(), 1u);
  EXPECT_NE(job.snapshot.notes[0].find("a file may have been replaced"), std::string::npos) << job.snapshot.notes[0];
}

TEST_F(EngineTest, ALossThatIsAcceptedIsStated) {
  AddRecords(20);
  data_.accepts_loss = true;
  data_.records[7].what = MemoryRecord::What::kLost;
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(job.counters.named.at("lost_ranges"), 1u);
  EXPECT_EQ(job.counters.named.at("lost_bytes"), data_.records[7].bytes());
  EXPECT_EQ(job.counters.named.at("lost_records"), 1u);
  EXPECT_NE(job.snapshot.notes.back().find("1 of 20 records"), std::string::npos);
}

TEST_F(EngineTest, RejectsAreCountedAgainstTheirLimit) {
  AddRecords(100);
  for (const size_t i : {10u, 50u, 90u}) {
    data_.records[i].what = MemoryRecord::What::kReject;
    data_.records[i].text = "expected int64";
  }
  spec_.max_rejects = 3;
  Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(job.counters.Total(), (Tally{100, 97, 0, 3}));
  EXPECT_TRUE(destination_.published.contains("_rejects"));
  destination_.published.clear();

  spec_.max_rejects = 2;
  job = RunNew();
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("3 records rejected, 2 allowed; the first seen: reading memory at 10: expected int64"),
            std::string::npos)
      << job.error;
  EXPECT_NE(job.error.find("--max-rejects"), std::string::npos);
  ExpectNothingLeft();
}

// ---- faults

TEST_F(EngineTest, FaultsThatPassAreRetried) {
  AddRecords(600);
  for (const char* call :
       {"connectors.source", "source.begin", "source.split", "source.open", "source.read", "sink.prepare", "sink.open",
        "sink.close", "writer.write", "writer.finish", "writer.place", "writer.commit", "writer.sync"}) {
    calls_ = 0;
    FailAt(call, absl::UnavailableError("try again"), call == std::string("writer.commit") ? 5 : 0, 2);
    const Job job = RunNew();
    EXPECT_EQ(job.state, JobState::kSucceeded) << call << ": " << job.error;
    EXPECT_GE(calls_, 3) << call;
    EXPECT_EQ(destination_.published, Lines()) << call;
    destination_.published.clear();
  }
}

TEST_F(EngineTest, FaultsThatPassAreRetriedInEveryPhase) {
  sink_options_.needs_schema = true;
  options_.scan_bytes = 2000;
  AddRecords(600);
  for (const int nth : {0, 1, 3, 150, 201, 250}) {
    for (const char* call : {"source.split", "source.open", "source.read", "sink.prepare"}) {
      calls_ = 0;
      FailAt(call, absl::UnavailableError("try again"), nth, 1);
      const Job job = RunNew();
      EXPECT_EQ(job.state, JobState::kSucceeded) << call << ": " << job.error;
      EXPECT_EQ(job.counters.named.at("scanned_bytes"), job.bytes_total);
      destination_.published.erase(kMemorySchema);
      EXPECT_EQ(destination_.published, Lines()) << call;
      destination_.published.clear();
    }
  }
}

TEST_F(EngineTest, GivesUpAfterEnoughAttempts) {
  AddRecords(100);
  FailAt("source.read", absl::UnavailableError("reading memory: no answer"), 3, 1'000'000);
  const std::string id = Submit();
  Job job = Run(id);
  EXPECT_EQ(job.state, JobState::kInterrupted);
  EXPECT_EQ(job.error, "reading memory: no answer");
  EXPECT_EQ(static_cast<Retry>(job.error_retry), Retry::kCall);
  EXPECT_EQ(destination_.claimed_by, id);

  fault_ = nullptr;
  EXPECT_EQ(Run(id).state, JobState::kInterrupted) << "not by itself";
  ASSERT_EQ(store_->Resume(id), absl::OkStatus());
  job = Run(id);
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(destination_.published, Lines());
}

TEST_F(EngineTest, APersonIsAskedAtOnceAndTheJobGoesOnAfterwards) {
  AddRecords(600);
  FailAt("writer.sync", WithRetry(absl::ResourceExhaustedError("writing memory: disk full"), Retry::kHuman), 4,
         1'000'000);
  const std::string id = Submit();
  const Job job = Run(id);
  EXPECT_EQ(job.state, JobState::kInterrupted);
  EXPECT_EQ(job.error, "writing memory: disk full");
  EXPECT_EQ(static_cast<Retry>(job.error_retry), Retry::kHuman);
  fault_ = nullptr;
  ASSERT_EQ(store_->Resume(id), absl::OkStatus());
  EXPECT_EQ(Run(id).state, JobState::kSucceeded);
  EXPECT_EQ(destination_.published, Lines());
}

TEST_F(EngineTest, FailsForGoodAndLeavesNothing) {
  AddRecords(600);
  for (const char* call : {"connectors.source", "source.begin", "source.read", "sink.prepare", "writer.commit"}) {
    calls_ = 0;
    FailAt(call, DataError("expected X, found Y"), 1);
    if (call == std::string("connectors.source") || call == std::string("source.begin") ||
        call == std::string("sink.prepare")) {
      FailAt(call, DataError("expected X, found Y"));
    }
    const std::string id = Submit();
    const Job job = Run(id);
    EXPECT_EQ(job.state, JobState::kFailed) << call;
    EXPECT_EQ(job.error, "expected X, found Y") << call;
    fault_ = nullptr;
    ExpectNothingLeft();
    EXPECT_EQ(Run(id).state, JobState::kFailed) << "it stays failed";
  }
}

TEST_F(EngineTest, WhatCouldNotBeRemovedIsSaidAndCanBeDiscardedLater) {
  AddRecords(600);
  fault_ = [this](std::string_view call) {
    if (call == "source.read" && calls_++ == 20) return DataError("expected X, found Y");
    return call == "sink.close" ? HumanError("the folder is gone") : absl::OkStatus();
  };
  const std::string id = Submit();
  const Job job = Run(id);
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("the folder is gone"), std::string::npos) << job.error;
  EXPECT_EQ(destination_.claimed_by, id);
  fault_ = nullptr;
  Engine engine(store_.get(), this, &Clock::Real(), options_);
  EXPECT_EQ(engine.Discard(id), absl::OkStatus());
  EXPECT_EQ(engine.Discard(id), absl::OkStatus());
  ExpectNothingLeft();
  EXPECT_FALSE(engine.Discard(Submit()).ok());
}

TEST_F(EngineTest, ATakenDestinationIsLeftAlone) {
  AddRecords(10);
  destination_.claimed_by = "somebody";
  destination_.partial["/Order"] = std::make_shared<MemoryObject>();
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kInterrupted);
  EXPECT_EQ(static_cast<Retry>(job.error_retry), Retry::kHuman);
  ASSERT_EQ(store_->Cancel(job.id), absl::OkStatus());
  EXPECT_EQ(Run(job.id).state, JobState::kCancelled);
  EXPECT_EQ(destination_.claimed_by, "somebody");
  EXPECT_EQ(destination_.partial.size(), 1u);
}

// ---- stopping, cancelling, taking over

TEST_F(EngineTest, StopsPromptlyAndResumes) {
  AddRecords(3000);
  std::atomic<int> reads = 0;
  std::function<void()> at_fifty;
  fault_ = [&](std::string_view call) {
    if (call == "source.read" && ++reads == 50) at_fifty();
    if (call == "writer.commit") std::this_thread::sleep_for(milliseconds(2));
    return absl::OkStatus();
  };
  const std::string id = Submit();
  Engine engine(store_.get(), this, &Clock::Real(), options_);
  at_fifty = [&engine] { engine.Stop(); };
  const absl::StatusOr<Job> job = engine.Run(id, nullptr);
  EXPECT_LE(reads, 50 + options_.workers) << "whoever reads may end its slice";
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->state, JobState::kInterrupted);
  EXPECT_NE(job->error.find("jobs resume " + id), std::string::npos) << job->error;
  ASSERT_EQ(store_->Resume(id), absl::OkStatus());
  EXPECT_EQ(engine.Run(id, nullptr)->state, JobState::kInterrupted) << "a stopped engine stays stopped";
  ASSERT_EQ(store_->Resume(id), absl::OkStatus());
  EXPECT_EQ(Run(id).state, JobState::kSucceeded);
  EXPECT_EQ(destination_.published, Lines());
}

TEST_F(EngineTest, WhoWaitsForAServerStopsAtOnce) {
  AddRecords(600);
  std::atomic<int> reads = 0;
  std::function<void()> at_second;
  fault_ = [&](std::string_view call) {
    if (call != "source.read" || ++reads < 2) return absl::OkStatus();
    if (reads == 2) at_second();
    Clock::Real().Wait(3'600'000'000, StopScope::Current());
    return absl::UnavailableError("busy");
  };
  const std::string id = Submit();
  Engine engine(store_.get(), this, &Clock::Real(), options_);
  at_second = [&engine] { engine.Stop(); };
  EXPECT_EQ(engine.Run(id, nullptr)->state, JobState::kInterrupted);
  fault_ = nullptr;
  ASSERT_EQ(store_->Resume(id), absl::OkStatus());
  EXPECT_EQ(Run(id).state, JobState::kSucceeded);
  EXPECT_EQ(destination_.published, Lines());
}

TEST_F(EngineTest, CancellationDiscards) {
  AddRecords(3000);
  std::atomic<int> reads = 0;
  const std::string id = Submit();
  fault_ = [&](std::string_view call) {
    return call == "source.read" && ++reads == 50 ? store_->Cancel(id) : absl::OkStatus();
  };
  EXPECT_EQ(Run(id).state, JobState::kCancelled);
  ExpectNothingLeft();

  const std::string queued = Submit();
  ASSERT_EQ(store_->Cancel(queued), absl::OkStatus());
  EXPECT_EQ(Run(queued).state, JobState::kCancelled);
}

TEST_F(EngineTest, ACancellationDoesNotBreakClosingOff) {
  AddRecords(300, "Order");
  AddRecords(300, "Customer");
  spec_.options = {{"if-exists", "replace"}};
  options_.lease = 3'000'000;
  const std::string id = Submit();
  fault_ = [&](std::string_view call) {
    if (call != "sink.close" || ++calls_ != 2) return absl::OkStatus();
    EXPECT_EQ(store_->Cancel(id), absl::OkStatus());
    Clock::Real().Wait(1'500'000, StopScope::Current());  // until the lease was renewed
    return StopScope::Current().stop_requested() ? absl::CancelledError("stopped") : absl::OkStatus();
  };
  EXPECT_EQ(Run(id).state, JobState::kSucceeded);
  EXPECT_EQ(destination_.published, Lines());
}

TEST_F(EngineTest, WhatHasBegunToReplaceIsClosedThoughItIsCancelled) {
  AddRecords(300, "Order");
  AddRecords(300, "Customer");
  spec_.options = {{"if-exists", "replace"}};
  for (const int failures : {1, 2}) {
    FailAt("sink.close", HumanError("unplugged"), 1, failures - 1);
    calls_ = 0;
    const std::string id = Submit();
    ASSERT_EQ(Run(id).state, JobState::kInterrupted);
    EXPECT_EQ(destination_.published.size(), 1u);
    ASSERT_EQ(store_->Cancel(id), absl::OkStatus());
    const Job job = Run(id);
    if (failures == 2) break;
    EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
    EXPECT_EQ(destination_.published, Lines());
    destination_.published.clear();
  }
  EXPECT_EQ(store_->List()->front().state, JobState::kCancelled) << "it cannot be closed";
  ExpectNothingLeft();
}

TEST_F(EngineTest, GoesOnAtOnceAfterAProcessThatDied) {
  AddRecords(600);
  store_ = *OpenSqliteJobStore(":memory:", &Clock::Real(), [](std::string_view process) { return process == "dead"; });
  const std::string id = Submit();
  ASSERT_TRUE(*store_->Acquire({id, "dead/0", 30'000'000}));
  const auto begin = steady_clock::now();
  EXPECT_EQ(Run(id).state, JobState::kSucceeded);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(30)) << "it waited for the lease";
}

TEST_F(EngineTest, ATaskThatKillsItsWorkersIsLeftToAPerson) {
  AddRecords(600);
  store_ = *OpenSqliteJobStore(":memory:", &Clock::Real(), [](std::string_view process) { return process == "dead"; });
  const std::string id = Submit();
  for (int i = 0; i < options_.max_attempts; ++i) {
    ASSERT_TRUE(*store_->Acquire({id, "dead/0", 30'000'000}));
    ASSERT_EQ(store_->Reclaim(id), absl::OkStatus());
  }
  const Job job = Run(id);
  EXPECT_EQ(job.state, JobState::kInterrupted);
  EXPECT_NE(job.error.find("5 workers in a row have left plan task 0 unfinished"), std::string::npos) << job.error;
  ASSERT_EQ(store_->Resume(id), absl::OkStatus());
  EXPECT_EQ(Run(id).state, JobState::kSucceeded);
}

TEST_F(EngineTest, RefusesAJobThatALivingProcessWorksOn) {
  AddRecords(10);
  const std::string id = Submit();
  ASSERT_TRUE(*store_->Acquire({id, "alive/0", 30'000'000}));
  const absl::Status refused = Engine(store_.get(), this, &Clock::Real(), options_).Run(id, nullptr).status();
  EXPECT_EQ(RetryOf(refused), Retry::kHuman);
  EXPECT_NE(Message(refused).find("process alive "), std::string_view::npos) << refused;
}

TEST_F(EngineTest, ServesASharedJobBesideOthers) {
  AddRecords(300);
  sink_options_.ordered = false;
  const std::string job = Submit();
  std::vector<std::thread> threads;
  for (const char* process : {"a", "b", "c"}) {
    threads.emplace_back([this, &job, process] {
      EngineOptions options = options_;
      options.process = process;
      Engine engine(store_.get(), this, &Clock::Real(), options);
      while (!IsTerminal(store_->Get(job)->state)) {
        EXPECT_EQ(engine.Serve(job, [] { return false; }).status(), absl::OkStatus());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store_->Get(job)->state, JobState::kSucceeded) << store_->Get(job)->error;
  EXPECT_EQ(store_->Get(job)->counters.Total().written, 300u);
  EXPECT_TRUE(destination_.breaches.empty()) << destination_.breaches.front();
}

TEST_F(EngineTest, LeavesAJobToOthersWithoutLosingAnything) {
  AddRecords(2000);
  fault_ = [](std::string_view) {
    std::this_thread::sleep_for(milliseconds(1));
    return absl::OkStatus();
  };
  const std::string job = Submit();
  Engine engine(store_.get(), this, &Clock::Real(), options_);
  const Job left = *engine.Serve(job, [] { return true; });
  ASSERT_EQ(left.state, JobState::kRunning) << "it was over too soon";
  const std::optional<TaskLease> lease = *store_->Acquire({job, "other/0", 1'000'000});
  ASSERT_TRUE(lease) << "it holds leases yet";
  EXPECT_EQ(lease->task.attempts, 0u);
  ASSERT_EQ(store_->GiveBack(*lease, false, 0), absl::OkStatus());
  engine.Drain();
  EXPECT_EQ(engine.Serve(job, [] { return false; })->state, JobState::kRunning);
  fault_ = nullptr;
  options_.process = "another";
  EXPECT_EQ(Run(job).state, JobState::kSucceeded);
  EXPECT_EQ(store_->Get(job)->counters.Total().written, 2000u);
}

TEST_F(EngineTest, LeavesAJobInWhichThereIsNothingToDoForIt) {
  AddRecords(10);
  const std::string job = Submit();
  ASSERT_TRUE(*store_->Acquire({job, "other/0", 60'000'000}));
  Engine engine(store_.get(), this, &Clock::Real(), options_);
  EXPECT_EQ(engine.Serve(job, [] { return false; })->state, JobState::kRunning);
}

TEST_F(EngineTest, AJobOfAnotherHostIsRefusedBeforeItBegins) {
  spec_.host = "there";
  options_.host = "here";
  const std::string job = Submit();
  Engine engine(store_.get(), this, &Clock::Real(), options_);
  EXPECT_EQ(RetryOf(engine.Serve(job, [] { return false; }).status()), Retry::kHuman);
  const absl::Status refused = engine.Run(job, nullptr).status();
  EXPECT_EQ(RetryOf(refused), Retry::kHuman);
  EXPECT_NE(Message(refused).find("there"), std::string_view::npos) << refused;
  EXPECT_EQ(store_->Get(job)->state, JobState::kQueued);

  options_.host = "there";
  ASSERT_EQ(store_->Cancel(job), absl::OkStatus());
  ASSERT_EQ(Run(job).state, JobState::kCancelled);
  EXPECT_EQ(RetryOf(engine.Discard(job)), Retry::kHuman) << "what it left is there";
}

TEST_F(EngineTest, LeasesAreRenewed) {
  AddRecords(40);
  options_.lease = 2'000'000;
  fault_ = [](std::string_view call) {
    if (call == "writer.commit") std::this_thread::sleep_for(milliseconds(3000));
    return absl::OkStatus();
  };
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
}

TEST_F(EngineTest, SaysHowFarItIs) {
  AddRecords(300);
  fault_ = [](std::string_view call) {
    if (call == "source.read") std::this_thread::sleep_for(milliseconds(5));
    return absl::OkStatus();
  };
  sink_options_.slice_bytes = 2000;
  options_.workers = 1;
  std::vector<Job> seen;
  Engine engine(store_.get(), this, &Clock::Real(), options_);
  ASSERT_TRUE(engine.Run(Submit(), [&](const Job& job) { seen.push_back(job); }).ok());
  ASSERT_GE(seen.size(), 2u);
  EXPECT_EQ(seen.front().state, JobState::kRunning);
  EXPECT_EQ(seen.back().state, JobState::kSucceeded);
}

TEST_F(EngineTest, RunsSeveralJobsAtOnce) {
  AddRecords(1000);
  Engine engine(store_.get(), this, &Clock::Real(), options_);
  const std::string here = Submit();
  spec_.sink = "memory:elsewhere";
  const std::string there = Submit();
  std::thread thread([&] { EXPECT_EQ(engine.Run(there, nullptr)->state, JobState::kSucceeded); });
  EXPECT_EQ(engine.Run(here, nullptr)->state, JobState::kSucceeded);
  EXPECT_EQ(engine.Run("nobody", nullptr).status().code(), absl::StatusCode::kNotFound);
  thread.join();
  EXPECT_EQ(destination_.published, Lines());
  EXPECT_EQ(elsewhere_.published, Lines());
}

// Many faults on many threads, for the sanitizers.
TEST_F(EngineTest, SurvivesAStormOfFaults) {
  AddRecords(1500);
  options_.workers = 8;
  options_.max_attempts = 1000;
  fault_ = [this](std::string_view) {
    return calls_++ % 37 == 36 ? absl::UnavailableError("storm") : absl::OkStatus();
  };
  const TempFolder folder;
  store_ = *OpenSqliteJobStore(folder / "jobs.sqlite", &Clock::Real());
  const Job job = RunNew();
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.error;
  EXPECT_EQ(destination_.published, Lines());
}

}  // namespace
}  // namespace datahaul

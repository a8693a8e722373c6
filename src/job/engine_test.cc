// The engine on real threads.
#include "job/engine.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "job/sqlite_job_store.h"
#include "testing/memory_sink.h"
#include "testing/memory_source.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

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

  absl::StatusOr<std::unique_ptr<Source>> OpenSource(const JobSpec&) override {
    DH_RETURN_IF_ERROR(Ask(fault_, "connectors.source"));
    return std::make_unique<MemorySource>(&data_, fault_);
  }
  absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const JobSpec& spec) override {
    MemoryDestination* to = spec.sink == "memory:elsewhere" ? &elsewhere_ : &destination_;
    return std::make_unique<MemorySink>(to, sink_options_, fault_);
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
  MemoryDestination destination_, elsewhere_;
  FaultHook fault_;
  std::atomic<int> calls_ = 0;
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
  const auto begin = steady_clock::now();
  const absl::StatusOr<Job> job = engine.Run(id, nullptr);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(1000));
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->state, JobState::kInterrupted);
  EXPECT_NE(job->error.find("jobs resume " + id), std::string::npos) << job->error;
  ASSERT_EQ(store_->Resume(id), absl::OkStatus());
  EXPECT_EQ(engine.Run(id, nullptr)->state, JobState::kInterrupted) << "a stopped engine stays stopped";
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

TEST_F(EngineTest, GoesOnAtOnceAfterAProcessThatDied) {
  AddRecords(600);
  store_ = *OpenSqliteJobStore(":memory:", &Clock::Real(), [](std::string_view process) { return process == "dead"; });
  const std::string id = Submit();
  ASSERT_TRUE(*store_->Acquire({id, "dead/0", 30'000'000}));
  const auto begin = steady_clock::now();
  EXPECT_EQ(Run(id).state, JobState::kSucceeded);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(5000));
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

TEST_F(EngineTest, LeasesAreRenewed) {
  AddRecords(40);
  options_.lease = 60'000;
  fault_ = [](std::string_view call) {
    if (call == "writer.commit") std::this_thread::sleep_for(milliseconds(150));
    return absl::OkStatus();
  };
  sink_options_.slice_bytes = 1000;
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

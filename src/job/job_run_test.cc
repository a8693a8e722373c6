// What a process may rely on when it works on several tasks of an ordered job at once.
#include "job/job_run.h"

#include <memory>
#include <optional>
#include <string>

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "job/sqlite_job_store.h"
#include "job/worker.h"
#include "testing/fault.h"
#include "testing/faulty_job_store.h"
#include "testing/memory_sink.h"
#include "testing/memory_source.h"

namespace datahaul {
namespace {

class JobRunTest : public ::testing::Test, public Connectors {
 protected:
  JobRunTest()
      : store_(*OpenSqliteJobStore(":memory:", &Clock::Real())),
        faulty_(store_.get(), [this](std::string_view call) { return call == lost_ ? lose_ : absl::OkStatus(); }) {
    for (int i = 0; i < 100; ++i) data_.records.push_back({"", "Order", i, "text"});
    sink_options_.slice_bytes = 100;
    JobSpec spec;
    spec.source = "memory:source";
    spec.sink = "memory:sink";
    const std::string job = *store_->Submit(spec, "");
    EngineOptions options;
    options.workers = 4;
    options.process = "me";
    run_ = std::make_unique<JobRun>(&faulty_, this, &Clock::Real(), options, *store_->Get(job));
    Plan();
  }

  absl::StatusOr<std::unique_ptr<Source>> OpenSource(const JobSpec&) override {
    return std::make_unique<MemorySource>(&data_);
  }
  absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const JobSpec&) override {
    return std::make_unique<MemorySink>(&destination_, sink_options_);
  }
  absl::StatusOr<JobSpec> SpoolOf(const JobSpec&, const std::string&) override { return UsageError("no spool"); }
  absl::StatusOr<Schema> EarlierSchema(const JobSpec&) override { return Schema(); }
  absl::StatusOr<std::string> BytesOf(const Record& record) override { return MemoryLine(record); }

  void Plan() {
    Worker planner(run_.get(), "me/planner");
    while (store_->Get(run_->id())->phase == Phase::kPlan) {
      ASSERT_EQ(planner.Step(), Worker::Progress::kWorked);
    }
  }

  MemoryData data_;
  MemorySinkOptions sink_options_;
  MemoryDestination destination_;
  std::string lost_;  // the call that has effect, but whose answer is lost
  const absl::Status lose_ = absl::UnavailableError("the connection broke");
  std::unique_ptr<JobStore> store_;
  FaultyJobStore faulty_;
  std::unique_ptr<JobRun> run_;
};

TEST_F(JobRunTest, ATaskWhoseAnswerWasLostHoldsUpThoseBehindIt) {
  const std::optional<TaskLease> first = run_->Take("me/0");
  ASSERT_TRUE(first.has_value());
  lost_ = "store.acquire.done";
  EXPECT_FALSE(run_->Take("me/1").has_value());
  lost_.clear();
  EXPECT_FALSE(run_->Take("me/2").has_value()) << "it would be placed where the lost one belongs";
  const std::optional<TaskLease> second = run_->Take("me/1");
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->task.seq, first->task.seq + 1);
  EXPECT_EQ(run_->Take("me/2").value_or(TaskLease()).task.seq, first->task.seq + 2);
  EXPECT_FALSE(run_->MustGiveUp(*first)) << "nothing was void";
}

TEST_F(JobRunTest, ATaskThatCouldNotBeGivenBackHoldsUpThoseBehindIt) {
  const std::optional<TaskLease> first = run_->Take("me/0");
  ASSERT_TRUE(first.has_value());
  lost_ = "store.give_back";
  run_->GiveBack(*first);
  lost_.clear();
  EXPECT_FALSE(run_->Take("me/1").has_value());
  EXPECT_EQ(run_->Take("me/0").value_or(TaskLease()).task.seq, first->task.seq);
}

TEST_F(JobRunTest, WhoPausesVoidsWhatComesBehindHim) {
  const std::optional<TaskLease> first = run_->Take("me/0");
  const std::optional<TaskLease> second = run_->Take("me/1");
  const std::optional<TaskLease> third = run_->Take("me/2");
  ASSERT_TRUE(first && second && third);
  run_->Fault(*third, absl::UnavailableError("reading failed"));
  EXPECT_EQ(run_->ToPlace(*second), Turn::kLater);
  ASSERT_TRUE(run_->MustPause(*first));
  run_->GiveBack(*first);  // with slices to come
  EXPECT_EQ(run_->ToPlace(*second), Turn::kNever);
  EXPECT_TRUE(run_->MustGiveUp(*second));
}

}  // namespace
}  // namespace datahaul

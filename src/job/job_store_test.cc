// One suite, both stores.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/text.h"
#include "job/move_job.h"
#include "job/postgres_job_store.h"
#include "job/sqlite_job_store.h"
#include "testing/job_store_suite.h"
#include "testing/postgres_server.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

Stores OpenSqlite(Clock* clock, const IsGone& is_gone, int count) {
  Stores stores;
  if (count == 1) {
    stores.push_back(*OpenSqliteJobStore(":memory:", clock, is_gone));
    return stores;
  }
  static const TempFolder& folder = *new TempFolder();
  static int next = 0;
  const std::string path = folder / StrCat("jobs", next++, ".db");
  for (int i = 0; i < count; ++i) stores.push_back(*OpenSqliteJobStore(path, clock, is_gone));
  return stores;
}

Stores OpenPostgres(Clock* clock, const IsGone& is_gone, int count) {
  const std::string url = PostgresServer::Shared().NewDatabase();
  EXPECT_EQ(MigratePostgresJobStore(url), absl::OkStatus());
  Stores stores;
  for (int i = 0; i < count; ++i) stores.push_back(*OpenPostgresJobStore(url, {clock, is_gone}));
  return stores;
}

INSTANTIATE_TEST_SUITE_P(Stores, JobStoreSuite,
                         ::testing::Values(JobStoreUnderTest{"Sqlite", &OpenSqlite},
                                           JobStoreUnderTest{"Postgres", &OpenPostgres}),
                         [](const auto& param) { return param.param.name; });

// ---- from one store to another

class MoveJobTest : public ::testing::Test {
 protected:
  static constexpr Micros kTtl = 60'000'000;

  MoveJobTest() {
    EXPECT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
    here_db_ = *OpenSqliteDatabase(path_, &Clock::Real());
    there_db_ = *OpenPostgresDatabase(url_, nullptr);
    here_ = *OpenSqliteJobStore(path_, &Clock::Real());
    there_ = *OpenPostgresJobStore(url_);
  }

  // One of three tasks half done.
  std::string BegunJob(JobStore& store) {
    JobSpec spec{.source = "a", .sink = std::string("b\xFF", 2)};
    spec.options = {{"format", "csv"}};
    const std::string job = *store.Submit(spec, "request");
    std::optional<TaskLease> lease = *store.Acquire({job, "p/0", kTtl});
    Step plan;
    plan.done = true;
    plan.snapshot = Snapshot{.state = "state", .bytes = 30};
    for (uint64_t seq = 0; seq < 3; ++seq) plan.children.push_back({seq, Phase::kWrite, {"ns", StrCat("r", seq), 10}});
    EXPECT_EQ(store.Advance(&*lease, plan), absl::OkStatus());
    lease = *store.Acquire({job, "p/0", kTtl});
    Step step;
    step.cursor = std::string("c\0", 2);
    step.receipt = Receipt{{{.object = "o", .ns = "n", .kind = std::string("k\0", 2), .length = 7, .records = 1}}, ""};
    step.counters.kinds[{"n", std::string("k\0", 2)}] = {1, 1, 0, 0};
    step.counters.named["bytes_in"] = 5;
    step.digests[{"n", std::string("k\0", 2)}] = {1, {~uint64_t{0}, 3}};
    EXPECT_EQ(store.Advance(&*lease, step), absl::OkStatus());
    lease_ = *lease;
    return job;
  }

  MoveOptions Options(const std::string& queue = "") {
    return {.host = "h", .queue = queue, .is_gone = [this](std::string_view) { return gone_; }};
  }

  const TempFolder folder_;
  const std::string path_ = folder_ / "jobs.db", url_ = PostgresServer::Shared().NewDatabase();
  std::unique_ptr<SqlDatabase> here_db_, there_db_;
  std::unique_ptr<JobStore> here_, there_;
  TaskLease lease_;
  bool gone_ = true;
};

TEST_F(MoveJobTest, GoesOnInTheOtherStoreAndNoLongerInItsOwn) {
  const std::string job = BegunJob(*here_);
  ASSERT_EQ(*MoveJob(*here_db_, *there_db_, job.substr(0, 12), Options()), job);
  EXPECT_EQ(here_->Get(job)->state, JobState::kMoved);
  EXPECT_NE(here_->Get(job)->error.find(url_), std::string::npos);
  EXPECT_EQ(here_->Advance(&lease_, Step()).code(), absl::StatusCode::kAborted) << "a zombie's";
  EXPECT_FALSE(here_->Resume(job).ok());
  EXPECT_FALSE(here_->Cancel(job).ok());
  EXPECT_FALSE(*here_->Acquire({job, "q/0", kTtl}));

  const Job moved = *there_->Get(job);
  EXPECT_EQ(moved.state, JobState::kInterrupted);
  EXPECT_EQ(moved.spec.sink, here_->Get(job)->spec.sink);
  EXPECT_EQ(moved.spec.host, "h");
  EXPECT_EQ(moved.snapshot.state, "state");
  EXPECT_EQ(moved.shards, 3u);
  EXPECT_EQ(moved.counters.kinds, here_->Get(job)->counters.kinds);
  EXPECT_EQ(moved.counters.named, here_->Get(job)->counters.named);
  EXPECT_EQ(moved.digests, here_->Get(job)->digests);
  EXPECT_EQ(*there_->Committed(job), *here_->Committed(job));
  EXPECT_EQ(*there_->Submit({.source = "a", .sink = "b"}, "request"), job);
  ASSERT_EQ(there_->Resume(job), absl::OkStatus());
  const std::optional<TaskLease> lease = *there_->Acquire({job, "q/0", kTtl});
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->task.cursor, std::string("c\0", 2));
  EXPECT_EQ(lease->task.slice, 1u);
  EXPECT_GT(lease->fence, lease_.fence);
}

TEST_F(MoveJobTest, MayBeRepeated) {
  const std::string job = BegunJob(*here_);
  ASSERT_EQ(*MoveJob(*here_db_, *there_db_, job, Options("q")), job);
  ASSERT_EQ(*MoveJob(*here_db_, *there_db_, job, Options("q")), job);
  EXPECT_EQ(there_->List()->size(), 1u);
  EXPECT_EQ(there_->Get(job)->state, JobState::kQueued);
  EXPECT_TRUE(*there_->Acquire({job, "p/0", kTtl}));
}

TEST_F(MoveJobTest, NotWhileSomebodyWorksOnIt) {
  const std::string job = BegunJob(*here_);
  gone_ = false;
  EXPECT_EQ(RetryOf(MoveJob(*here_db_, *there_db_, job, Options()).status()), Retry::kHuman);
  EXPECT_EQ(here_->Advance(&lease_, Step()), absl::OkStatus());
  EXPECT_TRUE(there_->List()->empty());
}

TEST_F(MoveJobTest, ComesBackFromTheServer) {
  const std::string job = BegunJob(*there_);
  ASSERT_EQ(*MoveJob(*there_db_, *here_db_, job, Options()), job);
  EXPECT_EQ(here_->Get(job)->digests, there_->Get(job)->digests);
  EXPECT_EQ(*here_->Committed(job), *there_->Committed(job));
}

}  // namespace
}  // namespace datahaul

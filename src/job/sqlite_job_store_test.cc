#include "job/sqlite_job_store.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include <sqlite3.h>

#include "testing/job_store_suite.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

std::unique_ptr<JobStore> OpenInMemory(Clock* clock, IsGone is_gone) {
  return *OpenSqliteJobStore(":memory:", clock, std::move(is_gone));
}

INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreSuite, ::testing::Values(JobStoreUnderTest{"Sqlite", &OpenInMemory}));

class SqliteJobStoreTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_ / "jobs.sqlite"; }
  std::unique_ptr<JobStore> Open() { return *OpenSqliteJobStore(path(), &Clock::Real()); }
  absl::Status OpenError() { return OpenSqliteJobStore(path(), &Clock::Real()).status(); }

  void Sql(const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }

  const TempFolder folder_;
};

TEST_F(SqliteJobStoreTest, KeepsJobsInItsFile) {
  const std::string job = *Open()->Submit({.source = "a", .sink = "b"}, "");
  EXPECT_EQ(Open()->Get(job)->spec.source, "a");
}

TEST_F(SqliteJobStoreTest, OpensQuickly) {
  // The limit is far above what it takes (a few milliseconds, when the machine does nothing else), and far below the
  // cost of, say, a sync for every table.
  const auto begin = std::chrono::steady_clock::now();
  std::unique_ptr<JobStore> store = Open();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(500));
}

TEST_F(SqliteJobStoreTest, RefusesNewerFiles) {
  Open();
  Sql("PRAGMA user_version = 1000");
  const absl::Status status = OpenError();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_NE(Message(status).find("1000"), std::string_view::npos) << status;
}

TEST_F(SqliteJobStoreTest, RefusesOtherProgramsDatabases) {
  Sql("CREATE TABLE recipes(name)");
  EXPECT_NE(Message(OpenError()).find("another program"), std::string_view::npos) << OpenError();
}

TEST_F(SqliteJobStoreTest, RefusesWhatIsNoDatabase) {
  folder_.Write("jobs.sqlite", std::string(4096, 'x'));
  EXPECT_EQ(OpenError().code(), absl::StatusCode::kDataLoss) << OpenError();
  EXPECT_NE(Message(OpenError()).find(path()), std::string_view::npos) << OpenError();
}

TEST_F(SqliteJobStoreTest, SaysWhatItNeedsWhereThereIsNoFolder) {
  std::filesystem::remove_all(folder_.path());
  EXPECT_EQ(RetryOf(OpenError()), Retry::kHuman);
  EXPECT_NE(Message(OpenError()).find("folder"), std::string_view::npos) << OpenError();
}

TEST_F(SqliteJobStoreTest, DamageIsAnErrorNotACrash) {
  std::unique_ptr<JobStore> store = Open();
  const std::string job = *store->Submit({.source = "a", .sink = "b"}, "");
  Sql("UPDATE jobs SET spec = x'01ffffffff00'");
  EXPECT_EQ(store->Get(job).status().code(), absl::StatusCode::kDataLoss);
  Sql("UPDATE jobs SET spec = x'6300000000'");
  EXPECT_NE(Message(store->Get(job).status()).find("newer datahaul"), std::string_view::npos);
}

// Several processes that open a new file at once, then take turns with its tasks: as many connections on threads.
TEST_F(SqliteJobStoreTest, IsSharedByManyConnections) {
  constexpr int kProcesses = 4, kTasks = 200;
  std::vector<std::unique_ptr<JobStore>> stores(kProcesses);
  std::vector<std::thread> openers;
  for (auto& store : stores) openers.emplace_back([&store, this] { store = Open(); });
  for (std::thread& thread : openers) thread.join();

  const std::string job = *stores[0]->Submit({.source = "a", .sink = "b"}, "");
  std::optional<TaskLease> plan = *stores[0]->Acquire({job, "planner/0", 60'000'000});
  Step step;
  step.done = true;
  for (uint64_t seq = 0; seq < kTasks; ++seq) step.children.push_back({.seq = seq, .phase = Phase::kWrite});
  ASSERT_EQ(stores[0]->Advance(&*plan, step), absl::OkStatus());

  std::vector<std::thread> workers;
  for (int p = 0; p < kProcesses; ++p) {
    workers.emplace_back([&, p] {
      for (;;) {
        const auto lease = stores[static_cast<size_t>(p)]->Acquire({job, StrCat("process", p, "/0"), 60'000'000});
        ASSERT_TRUE(lease.ok()) << lease.status();
        if (!lease->has_value() || (**lease).task.phase != Phase::kWrite) return;
        TaskLease held = **lease;
        Step done;
        done.done = true;
        done.counters.kinds[{"", "A"}] = {1, 1, 0, 0};
        done.receipt = Receipt{{{.object = "o", .offset = held.task.seq, .length = 1, .records = 1}}, ""};
        ASSERT_EQ(stores[static_cast<size_t>(p)]->Advance(&held, done), absl::OkStatus());
      }
    });
  }
  for (std::thread& thread : workers) thread.join();
  const Job now = *stores[0]->Get(job);
  EXPECT_EQ(now.phase, Phase::kClose);
  EXPECT_EQ(now.shards_done, static_cast<uint64_t>(kTasks));
  EXPECT_EQ(now.counters.Total().read, static_cast<uint64_t>(kTasks));
  ASSERT_EQ(stores[0]->Committed(job)->size(), 1u);
}

}  // namespace
}  // namespace datahaul

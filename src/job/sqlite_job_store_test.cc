#include "job/sqlite_job_store.h"

#include <filesystem>
#include <thread>

#include "gtest/gtest.h"
#include <sqlite3.h>

#include "base/status.h"
#include "base/text.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

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

// The tables of version 1, as they were, with jobs in every phase; of "writing", one shard of two is written.
constexpr char kVersion1[] = R"sql(
CREATE TABLE jobs(
  key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, request TEXT UNIQUE,
  state INTEGER NOT NULL, phase INTEGER NOT NULL, ordered INTEGER NOT NULL DEFAULT 0,
  source TEXT NOT NULL, sink TEXT NOT NULL, command TEXT NOT NULL, spec BLOB NOT NULL, snapshot BLOB NOT NULL,
  error TEXT NOT NULL DEFAULT '', error_retry INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0,
  shards INTEGER NOT NULL DEFAULT 0, shards_done INTEGER NOT NULL DEFAULT 0, bytes_total INTEGER NOT NULL DEFAULT 0,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '', epoch INTEGER NOT NULL DEFAULT 0);
CREATE INDEX workable_jobs ON jobs(key) WHERE state <= 1;
CREATE TABLE tasks(
  job INTEGER NOT NULL, phase INTEGER NOT NULL, seq INTEGER NOT NULL,
  ns TEXT NOT NULL, range BLOB NOT NULL, bytes INTEGER NOT NULL,
  cursor BLOB NOT NULL, slice INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, not_before INTEGER NOT NULL DEFAULT 0,
  worker TEXT, fence INTEGER NOT NULL DEFAULT 0, expires INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(job, phase, seq)) WITHOUT ROWID;
CREATE INDEX leases ON tasks(job, worker) WHERE worker IS NOT NULL;
CREATE TABLE extents(
  job INTEGER NOT NULL, object TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, records INTEGER NOT NULL,
  crc32c INTEGER NOT NULL, ns TEXT NOT NULL, kind TEXT NOT NULL, mixed INTEGER NOT NULL,
  PRIMARY KEY(job, object, offset)) WITHOUT ROWID;
CREATE TABLE kinds(
  job INTEGER NOT NULL, ns TEXT NOT NULL, kind TEXT NOT NULL,
  read INTEGER NOT NULL, written INTEGER NOT NULL, filtered INTEGER NOT NULL, rejected INTEGER NOT NULL,
  digest_records INTEGER NOT NULL, digest_low INTEGER NOT NULL, digest_high INTEGER NOT NULL,
  PRIMARY KEY(job, ns, kind)) WITHOUT ROWID;
CREATE TABLE counters(
  job INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY(job, name)) WITHOUT ROWID;
PRAGMA user_version = 1;
-- Blobs are tag, length (little-endian, 4 bytes), value: source "a", sink "b"; and the snapshot's state "s".
INSERT INTO jobs(key, id, state, phase, ordered, source, sink, command, spec, snapshot, created, updated, shards,
                 shards_done, bytes_total, holder, epoch)
  VALUES(7, 'writing', 2, 1, 1, 'a', 'b', 'copy a b', x'010100000061020100000062', x'010100000073',
         1000, 2000, 2, 1, 40, 'p', 3),
        (8, 'closing', 2, 2, 0, 'a', 'b', 'copy a b', x'010100000061020100000062', x'010100000073',
         1000, 2000, 0, 0, 0, 'p', 1),
        (9, 'planning', 0, 0, 0, 'a', 'b', 'copy a b', x'010100000061020100000062', x'', 1000, 1000, 0, 0, 0,
         '', 0),
        (10, 'over', 3, 2, 0, 'a', 'b', 'copy a b', x'010100000061020100000062', x'', 1000, 1000, 0, 0, 0,
         'p', 1);
INSERT INTO tasks(job, phase, seq, ns, range, bytes, cursor, slice, fence)
  VALUES(7, 1, 1, 'n', x'72', 20, x'6331', 5, 9), (8, 2, 0, '', x'', 0, x'', 0, 1), (9, 0, 0, '', x'', 0, x'', 0, 0);
INSERT INTO extents VALUES(7, 'o', 0, 10, 2, 99, 'n', 'k', 0);
INSERT INTO kinds VALUES(7, 'n', 'k', 2, 2, 0, 0, 2, 5, 6);
INSERT INTO counters VALUES(7, 'bytes_in', 20);
)sql";

TEST_F(SqliteJobStoreTest, GoesOnWithAFileOfVersion1) {
  Sql(kVersion1);
  std::unique_ptr<JobStore> store = Open();
  const Job job = *store->Get("writing");
  EXPECT_EQ(job.state, JobState::kInterrupted);
  EXPECT_EQ(job.phase, Phase::kWrite);
  EXPECT_EQ(job.spec.source, "a");
  EXPECT_EQ(job.snapshot.state, "s");
  EXPECT_FALSE(job.schema);
  EXPECT_EQ(job.counters.Total(), (Tally{2, 2, 0, 0}));
  EXPECT_EQ(store->Get("closing")->phase, Phase::kClose);
  EXPECT_EQ(store->Get("over")->phase, Phase::kClose);
  EXPECT_EQ(store->Get("planning")->phase, Phase::kPlan);

  ASSERT_EQ(store->Resume("writing"), absl::OkStatus());
  std::optional<TaskLease> lease = *store->Acquire({"writing", "q/0", 60'000'000});
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->task.phase, Phase::kWrite);
  EXPECT_EQ(lease->task.seq, 1u);
  EXPECT_EQ(lease->task.partition.range, "r");
  EXPECT_EQ(lease->task.cursor, "c1");
  EXPECT_EQ(lease->task.slice, 5u);
  EXPECT_EQ(lease->fence, 10u);
  EXPECT_EQ(lease->epoch, 4u) << "still ordered";
  Step done;
  done.done = true;
  ASSERT_EQ(store->Advance(&*lease, done), absl::OkStatus());
  lease = *store->Acquire({"writing", "q/0", 60'000'000});
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->task.phase, Phase::kClose);
  ASSERT_EQ(store->Advance(&*lease, done), absl::OkStatus());
  EXPECT_EQ(store->Get("writing")->state, JobState::kSucceeded);
  EXPECT_EQ(store->Get("writing")->shards_done, 2u);

  ASSERT_EQ(store->Resume("closing"), absl::OkStatus());
  lease = *store->Acquire({"closing", "q/0", 60'000'000});
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->task.phase, Phase::kClose);
  EXPECT_TRUE(*store->Acquire({"planning", "q/1", 60'000'000}));
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

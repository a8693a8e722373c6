#include "job/postgres_job_store.h"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "testing/cutting_proxy.h"
#include "testing/postgres_server.h"

namespace datahaul {
namespace {

constexpr char kTasksRead[] =
    "SELECT CAST(sum(idx_tup_read) AS bigint) FROM pg_stat_user_indexes WHERE relname = 'tasks'";
constexpr char kTasksScans[] = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'tasks'";

class PostgresJobStoreTest : public ::testing::Test {
 protected:
  void Sql(const std::string& sql) {
    auto connection = Postgres::Connect(*PostgresUrl::Parse(url_));
    ASSERT_EQ(connection.status(), absl::OkStatus());
    EXPECT_EQ((*connection)->Execute(sql), absl::OkStatus());
  }
  // The number that a query gives, on a connection of its own.
  int64_t Number(std::string_view sql) {
    auto connection = *Postgres::Connect(*PostgresUrl::Parse(url_));
    EXPECT_EQ(connection->Begin(false), absl::OkStatus());
    Query query(*connection, sql);
    EXPECT_TRUE(query.Next()) << query.status();
    return query.Int(0);
  }
  void WaitFor(std::string_view sql, int64_t number) {
    const Micros end = Clock::Real().Now() + 30'000'000;
    int64_t found = Number(sql);
    for (; found != number && Clock::Real().Now() < end; found = Number(sql)) Clock::Real().Sleep(20'000);
    EXPECT_EQ(found, number) << sql;
  }
  uint16_t Port() const {
    const size_t colon = url_.rfind(':');
    return static_cast<uint16_t>(std::stoi(url_.substr(colon + 1, url_.rfind('/') - colon - 1)));
  }
  std::string Through(const CuttingProxy& proxy) const {
    std::string url = url_;
    const size_t colon = url.rfind(':');
    return url.replace(colon + 1, url.rfind('/') - colon - 1, std::to_string(proxy.port()));
  }
  std::unique_ptr<JobStore> Open() { return *OpenPostgresJobStore(url_); }
  absl::Status OpenError() { return OpenPostgresJobStore(url_).status(); }

  const std::string url_ = PostgresServer::Shared().NewDatabase();
};

TEST_F(PostgresJobStoreTest, WantsToBeMigratedFirst) {
  EXPECT_EQ(RetryOf(OpenError()), Retry::kHuman);
  EXPECT_NE(Message(OpenError()).find("job-store migrate"), std::string_view::npos) << OpenError();
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
  const std::string job = *Open()->Submit({.source = "a", .sink = "b"}, "");
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus()) << "again";
  EXPECT_EQ(Open()->Get(job)->spec.source, "a");
}

TEST_F(PostgresJobStoreTest, ManyMigrateAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] { EXPECT_EQ(MigratePostgresJobStore(url_), absl::OkStatus()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(OpenError(), absl::OkStatus());
}

TEST_F(PostgresJobStoreTest, RefusesNewerTables) {
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
  Sql("UPDATE version SET number = 1000");
  EXPECT_EQ(RetryOf(OpenError()), Retry::kHuman);
  EXPECT_NE(Message(OpenError()).find("1000"), std::string_view::npos) << OpenError();
  EXPECT_NE(Message(MigratePostgresJobStore(url_)).find("1000"), std::string_view::npos);
}

TEST_F(PostgresJobStoreTest, RefusesPasswordsInUrlsWithoutShowingThem) {
  for (const char* url : {"postgresql://me:s3cret@127.0.0.1/db", "postgres://127.0.0.1/db?password=s3cret",
                          "postgresql://me:s3cret@[::1/db"}) {
    const absl::Status status = OpenPostgresJobStore(url).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Message(status).find("s3cret"), std::string_view::npos) << status;
  }
  EXPECT_NE(Message(OpenPostgresJobStore("postgresql://me:s3cret@127.0.0.1/db").status()).find("pgpass"),
            std::string_view::npos);
}

TEST_F(PostgresJobStoreTest, SaysWhichServerIsNotThere) {
  const absl::Status status = OpenPostgresJobStore("postgresql://127.0.0.1:1/db").status();
  EXPECT_EQ(RetryOf(status), Retry::kCall);
  EXPECT_NE(Message(status).find("127.0.0.1:1"), std::string_view::npos) << status;
}

TEST_F(PostgresJobStoreTest, TakesTheHostThatCanBeWrittenTo) {
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
  std::string both = url_;
  both.insert(both.find('@') + 1, "127.0.0.1:1,");
  EXPECT_EQ(OpenPostgresJobStore(both).status(), absl::OkStatus());
}

TEST_F(PostgresJobStoreTest, TimeIsTheDatabases) {
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
  std::unique_ptr<JobStore> store = Open();
  const std::string job = *store->Submit({.source = "a", .sink = "b"}, "");
  TaskLease lease = **store->Acquire({job, "p/0", 50'000});
  Clock::Real().Sleep(100'000);
  EXPECT_EQ(store->Renew(&lease, 1'000'000).code(), absl::StatusCode::kAborted);
  EXPECT_EQ((*store->Acquire({job, "q/0", 60'000'000}))->task.attempts, 1u);
}

// ---- connections that break

TEST_F(PostgresJobStoreTest, GoesOnAfterItsConnectionsWereCut) {
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
  std::unique_ptr<JobStore> store = Open();
  const std::string job = *store->Submit({.source = "a", .sink = "b"}, "");
  Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid()");
  EXPECT_EQ(store->Get(job).status(), absl::OkStatus());
  EXPECT_EQ(store->Submit({.source = "a", .sink = "b"}, "").status(), absl::OkStatus());
  EXPECT_EQ(store->List()->size(), 2u);
}

// Without the count of commits in `sessions`, some of these calls would be carried out twice, and others fail.
TEST_F(PostgresJobStoreTest, WhatWasCommittedWithoutAnAnswerIsNotDoneAgain) {
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
  CuttingProxy proxy(Port(), 1);
  std::unique_ptr<JobStore> store = *OpenPostgresJobStore(Through(proxy));

  constexpr size_t kCalls = 60;
  for (size_t i = 0; i < kCalls; ++i)
    EXPECT_EQ(store->Submit({.source = "a", .sink = "b"}, "").status(), absl::OkStatus());
  EXPECT_EQ(Open()->List()->size(), kCalls);

  const std::string job = Open()->List()->front().id;
  TaskLease lease = **store->Acquire({job, "p/0", 600'000'000});
  Step step;
  step.counters.kinds[{"", "A"}] = {1, 1, 0, 0};
  for (size_t i = 0; i < kCalls; ++i) EXPECT_EQ(store->Advance(&lease, step), absl::OkStatus());
  EXPECT_EQ(lease.task.slice, kCalls);
  EXPECT_EQ(Open()->Get(job)->counters.Total().read, kCalls);
  EXPECT_EQ(store->GiveBack(lease, true, 0), absl::OkStatus());
  EXPECT_EQ((*Open()->Acquire({job, "q/0", 1'000'000}))->task.attempts, 1u);
  EXPECT_GT(proxy.cuts(), 10);
}

// The connection is lost before the commit has reached the server: the call is carried out on another, and then the
// commit arrives.
TEST_F(PostgresJobStoreTest, ACommitThatComesTooLateIsVoid) {
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
  constexpr size_t kCalls = 60;
  {
    CuttingProxy proxy(Port(), 1);
    std::unique_ptr<JobStore> store = *OpenPostgresJobStore(Through(proxy));
    proxy.DeliverLate();
    for (size_t i = 0; i < kCalls; ++i) {
      EXPECT_EQ(store->Submit({.source = "a", .sink = "b"}, "").status(), absl::OkStatus());
    }
    EXPECT_GT(proxy.cuts(), 5);
  }
  EXPECT_EQ(Open()->List()->size(), kCalls);
}

// The server must see that it idles: that is how a process that freezes in a transaction loses its locks.
TEST_F(PostgresJobStoreTest, ATransactionThatWaitsForItsClientIsIdle) {
  auto waiting = *Postgres::Connect(*PostgresUrl::Parse(url_)), looking = *Postgres::Connect(*PostgresUrl::Parse(url_));
  ASSERT_EQ(waiting->Begin(false), absl::OkStatus());
  int64_t pid = 0;
  {
    Query query(*waiting, "SELECT CAST(pg_backend_pid() AS bigint)");
    ASSERT_TRUE(query.Next());
    pid = query.Int(0);
  }
  const Micros end = Clock::Real().Now() + 5'000'000;
  std::string state;
  while (state != "idle in transaction" && Clock::Real().Now() < end) {
    ASSERT_EQ(looking->Begin(false), absl::OkStatus());
    Query query(*looking, "SELECT state FROM pg_stat_activity WHERE pid = ?", pid);
    if (query.Next()) state = query.Text(0);
    looking->Rollback();
  }
  EXPECT_EQ(state, "idle in transaction");
}

// ---- plans

// A table that has just grown has no statistics: left alone, the server reads and sorts all of it for each lease.
TEST_F(PostgresJobStoreTest, FindsTasksByTheirIndexAmongAHundredThousand) {
  constexpr int64_t kTasks = 100'000, kSteps = 20;
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
  std::unique_ptr<JobStore> store = Open();
  const std::string job = *store->Submit({.source = "a", .sink = "b"}, "");
  TaskLease lease = **store->Acquire({job, "p/0", 600'000'000});
  Step plan;
  plan.done = true;
  plan.snapshot.emplace();
  for (const Phase phase : {Phase::kWrite, Phase::kScan}) plan.children.push_back({.seq = 0, .phase = phase});
  ASSERT_EQ(store->Advance(&lease, plan), absl::OkStatus());
  for (const Phase phase : {Phase::kScan, Phase::kWrite}) {
    lease = **store->Acquire({job, "p/0", 600'000'000});
    Sql(StrCat("INSERT INTO tasks(job, phase, seq, ns, range, bytes, cursor, slice) SELECT key, ",
               static_cast<int>(phase), ", n, '', '', 0, '', 0 FROM jobs, generate_series(1, ", kTasks, ") n"));
    store.reset();  // its connections report what they did
    WaitFor(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'",
        0);
    const int64_t read = Number(kTasksRead);
    const int64_t scans = Number(kTasksScans);
    store = Open();
    for (int step = 0; step < kSteps; ++step) {
      ASSERT_EQ(lease.task.phase, phase);
      ASSERT_EQ(store->Advance(&lease, Step()), absl::OkStatus());
      Step done;
      done.done = true;
      ASSERT_EQ(store->Advance(&lease, done), absl::OkStatus());
      lease = **store->Acquire({job, "p/0", 600'000'000});
    }
    store.reset();
    WaitFor(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'",
        0);
    EXPECT_EQ(Number(kTasksScans), scans);
    EXPECT_LT(Number(kTasksRead) - read, kSteps * 300);
    store = Open();
    Sql(StrCat("DELETE FROM tasks WHERE phase = ", static_cast<int>(phase), " AND worker IS NULL"));
    Step done;
    done.done = true;
    ASSERT_EQ(store->Advance(&lease, done), absl::OkStatus());
  }
}

TEST_F(PostgresJobStoreTest, OneRequestFromManyConnectionsIsOneJob) {
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
  std::unique_ptr<JobStore> store = Open();
  std::vector<std::string> ids(8);
  std::vector<std::thread> threads;
  for (std::string& id : ids) {
    threads.emplace_back([&id, &store] { id = *store->Submit({.source = "a", .sink = "b"}, "the same"); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1u);
  EXPECT_EQ(store->List()->size(), 1u);
}

TEST_F(PostgresJobStoreTest, WakesThoseWhoWaitForWork) {
  ASSERT_EQ(MigratePostgresJobStore(url_), absl::OkStatus());
  std::unique_ptr<JobStore> waiting = Open(), submitting = Open();
  waiting->WaitForWork({"q"}, 1000);  // listens from now on
  std::thread submitter([&] {
    JobSpec spec{.source = "a", .sink = "b"};
    spec.queue = "q";
    EXPECT_EQ(submitting->Submit(spec, "").status(), absl::OkStatus());
  });
  const Micros begin = Clock::Real().Now();
  waiting->WaitForWork({"q"}, 30'000'000);
  EXPECT_LT(Clock::Real().Now() - begin, 20'000'000);
  submitter.join();
}

}  // namespace
}  // namespace datahaul

// One suite, both stores.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

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

}  // namespace
}  // namespace datahaul

#include "job/postgres_job_store.h"

#include <utility>

#include "base/status.h"
#include "job/postgres.h"
#include "job/postgres_database.h"
#include "job/postgres_schema.h"
#include "job/postgres_url.h"
#include "job/sql_job_store.h"

namespace datahaul {

bool IsPostgresUrl(std::string_view text) { return PostgresUrl::Is(text); }

absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenPostgresDatabase(const std::string& url, Clock* clock) {
  DH_ASSIGN_OR_RETURN(PostgresUrl parsed, PostgresUrl::Parse(url));
  {
    DH_ASSIGN_OR_RETURN(const std::unique_ptr<Postgres> connection, Postgres::Connect(parsed));
    DH_RETURN_IF_ERROR(CheckPostgres(*connection));
  }
  return std::make_unique<PostgresDatabase>(std::move(parsed), clock);
}

absl::StatusOr<std::unique_ptr<JobStore>> OpenPostgresJobStore(const std::string& url, PostgresOptions options) {
  DH_ASSIGN_OR_RETURN(std::unique_ptr<SqlDatabase> db, OpenPostgresDatabase(url, options.clock));
  return std::make_unique<SqlJobStore>(std::move(db), std::move(options.is_gone));
}

absl::Status MigratePostgresJobStore(const std::string& url) {
  DH_ASSIGN_OR_RETURN(const PostgresUrl parsed, PostgresUrl::Parse(url));
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Postgres> connection, Postgres::Connect(parsed));
  return MigratePostgres(*connection);
}

}  // namespace datahaul

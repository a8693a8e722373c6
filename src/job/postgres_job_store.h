// The JobStore for many machines: PostgreSQL 14 or newer.
#ifndef DATAHAUL_JOB_POSTGRES_JOB_STORE_H_
#define DATAHAUL_JOB_POSTGRES_JOB_STORE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "job/process.h"
#include "job/sql.h"

namespace datahaul {

bool IsPostgresUrl(std::string_view text);

struct PostgresOptions {
  Clock* clock = nullptr;  // null: the database's own time. Tests give one, which must outlive the store
  std::function<bool(std::string_view process)> is_gone = ProcessIsGone;
};

// Opens the store at `url`, as libpq writes it: several hosts may be named, of which the one that can be written to is
// used. INVALID_ARGUMENT if the URL holds a password; it is not shown. FAILED_PRECONDITION unless the database was
// migrated to this program's version.
absl::StatusOr<std::unique_ptr<JobStore>> OpenPostgresJobStore(const std::string& url, PostgresOptions options = {});

// As above: the database alone.
absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenPostgresDatabase(const std::string& url, Clock* clock);

// Makes the tables, in a schema `datahaul` of their own, or brings them to this program's version. May be repeated.
absl::Status MigratePostgresJobStore(const std::string& url);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_POSTGRES_JOB_STORE_H_

#include "job/sqlite_job_store.h"

#include <utility>

#include "base/status.h"
#include "job/sql_job_store.h"
#include "job/sqlite.h"
#include "job/sqlite_database.h"
#include "job/sqlite_schema.h"

namespace datahaul {

absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenSqliteDatabase(const std::string& path, Clock* clock) {
  const bool is_file = !path.starts_with(':') && !path.starts_with("file:");
  if (is_file) DH_RETURN_IF_ERROR(CreateJobStoreFile(path));
  DH_ASSIGN_OR_RETURN(std::unique_ptr<Sqlite> db, Sqlite::Open(path));
  db->KeepLogOnClose();
  DH_RETURN_IF_ERROR(db->Execute("PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL"));
  DH_RETURN_IF_ERROR(MigrateJobStore(*db));
  return std::make_unique<SqliteDatabase>(std::move(db), clock);
}

absl::StatusOr<std::unique_ptr<JobStore>> OpenSqliteJobStore(const std::string& path, Clock* clock,
                                                             std::function<bool(std::string_view)> is_gone) {
  DH_ASSIGN_OR_RETURN(std::unique_ptr<SqlDatabase> db, OpenSqliteDatabase(path, clock));
  return std::make_unique<SqlJobStore>(std::move(db), std::move(is_gone));
}

}  // namespace datahaul

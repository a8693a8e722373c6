#ifndef DATAHAUL_JOB_SQLITE_DATABASE_H_
#define DATAHAUL_JOB_SQLITE_DATABASE_H_

#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "job/sql.h"
#include "job/sqlite.h"

namespace datahaul {

// One SQLite file, through one connection. Safe for concurrent use.
class SqliteDatabase final : public SqlDatabase {
 public:
  // `clock` must outlive it: SQLite has no time of its own.
  SqliteDatabase(std::unique_ptr<Sqlite> db, Clock* clock) : db_(std::move(db)), clock_(clock) {}

  absl::Status Write(const Body& body) override;
  absl::Status Read(const Body& body) override;
  absl::Status MakeDurable() override;
  void Wake(std::string_view) override {}
  void WaitForWake(std::span<const std::string>, Micros most) override;  // a short sleep: nobody wakes anybody
  const std::string& name() const override { return db_->path(); }

 private:
  std::mutex mutex_;
  const std::unique_ptr<Sqlite> db_;  // guarded by mutex_
  Clock* const clock_;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SQLITE_DATABASE_H_

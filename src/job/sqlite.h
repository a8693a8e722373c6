// SQLite with this project's errors: a connection, cached statements, transactions.
#ifndef DATAHAUL_JOB_SQLITE_H_
#define DATAHAUL_JOB_SQLITE_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "job/sql.h"

struct sqlite3;
struct sqlite3_stmt;

namespace datahaul {

// A connection. Not safe for concurrent use.
class Sqlite final : public Sql {
 public:
  // ":memory:" and SQLite's "file:" URIs work too. Waits up to 10 seconds for other processes' locks.
  static absl::StatusOr<std::unique_ptr<Sqlite>> Open(const std::string& path);
  ~Sqlite() override;

  // Runs statements that take no parameters and give no rows.
  absl::Status Execute(const std::string& sql);
  // Leaves the write-ahead log beside the database when the last connection closes, instead of copying it into the
  // database then, which takes several syncs. It is copied every now and then as it grows.
  void KeepLogOnClose();
  const std::string& path() const { return path_; }
  const std::string& name() const override { return path_; }
  void SetNow(Micros now) { now_ = now; }
  Micros Now() override { return now_; }

  // What SQLite says of its last error, as "job store PATH: …", with the class that fits.
  absl::Status Error() const;

 private:
  Sqlite(std::string path, sqlite3* db) : path_(std::move(path)), db_(db) {}
  absl::Status RunWith(std::string_view sql, std::span<const SqlValue> values) override;
  std::unique_ptr<SqlRows> Start(std::string_view sql, std::span<const SqlValue> values) override;
  class Rows;
  sqlite3_stmt* Prepared(std::string_view sql);  // null after an error

  std::string path_;
  sqlite3* db_;
  Micros now_ = 0;
  absl::flat_hash_map<std::string_view, std::vector<sqlite3_stmt*>> statements_;  // those not in use
};

// Rolled back unless committed. Reads and writes in it see one state of the database.
class SqliteTransaction {
 public:
  explicit SqliteTransaction(Sqlite& db) : db_(db) {}
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  ~SqliteTransaction();

  absl::Status Begin();      // to write: waits for other writers
  absl::Status BeginRead();  // to read only: waits for nobody
  absl::Status Commit();

 private:
  Sqlite& db_;
  bool open_ = false;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SQLITE_H_

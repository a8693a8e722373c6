// SQLite with this project's errors: a connection, cached statements, transactions.
#ifndef DATAHAUL_JOB_SQLITE_H_
#define DATAHAUL_JOB_SQLITE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace datahaul {

// Bytes that are no text: bound and stored as a BLOB.
struct Blob {
  std::string_view bytes;
};

// A connection. Not safe for concurrent use.
class Sqlite {
 public:
  // ":memory:" and SQLite's "file:" URIs work too. Waits up to 10 seconds for other processes' locks.
  static absl::StatusOr<std::unique_ptr<Sqlite>> Open(const std::string& path);
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;
  ~Sqlite();

  // Runs statements that take no parameters and give no rows.
  absl::Status Execute(const std::string& sql);
  // Runs one statement, kept prepared. `sql` must be a literal: it lives as long as the connection.
  template <typename... Args>
  absl::Status Run(std::string_view sql, const Args&... args);
  // Leaves the write-ahead log beside the database when the last connection closes, instead of copying it into the
  // database then, which takes several syncs. It is copied every now and then as it grows.
  void KeepLogOnClose();
  const std::string& path() const { return path_; }

  // What SQLite says of its last error, as "job store PATH: …", with the class that fits.
  absl::Status Error() const;

 private:
  friend class Query;
  Sqlite(std::string path, sqlite3* db) : path_(std::move(path)), db_(db) {}
  sqlite3_stmt* Prepared(std::string_view sql);  // null after an error

  std::string path_;
  sqlite3* db_;
  absl::flat_hash_map<std::string_view, sqlite3_stmt*> statements_;
};

// One use of a cached statement: `Query q(db, "SELECT a FROM t WHERE b = ?", b); while (q.Next()) …; q.status()`.
// Two uses of the same text must not overlap.
class Query {
 public:
  template <typename... Args>
  Query(Sqlite& db, std::string_view sql, const Args&... args) : db_(db), statement_(db.Prepared(sql)) {
    (Bind(args), ...);
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  bool Next();  // false at the end and after an error
  const absl::Status& status() const { return status_; }

  int64_t Int(int column) const;
  uint64_t Uint(int column) const { return static_cast<uint64_t>(Int(column)); }
  std::string_view Text(int column) const;  // also of a blob; valid until Next() or the end of this object
  bool IsNull(int column) const;

 private:
  void Bind(std::string_view text);
  void Bind(const Blob& blob);
  void Bind(std::nullptr_t);
  void BindInt(int64_t value);
  template <typename Integer>
    requires(std::is_integral_v<Integer> || std::is_enum_v<Integer>)
  void Bind(Integer value) {
    BindInt(static_cast<int64_t>(value));
  }

  Sqlite& db_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
  absl::Status status_;
};

template <typename... Args>
absl::Status Sqlite::Run(std::string_view sql, const Args&... args) {
  Query query(*this, sql, args...);
  while (query.Next()) {
  }
  return query.status();
}

// Rolled back unless committed. Reads and writes in it see one state of the database.
class Transaction {
 public:
  explicit Transaction(Sqlite& db) : db_(db) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  absl::Status Begin();      // to write: waits for other writers
  absl::Status BeginRead();  // to read only: waits for nobody
  absl::Status Commit();

 private:
  Sqlite& db_;
  bool open_ = false;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SQLITE_H_

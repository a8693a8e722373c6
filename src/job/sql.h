// What a job store asks of its database: statements, rows, transactions. SQLite and PostgreSQL stand behind it.
#ifndef DATAHAUL_JOB_SQL_H_
#define DATAHAUL_JOB_SQL_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"

#include "base/clock.h"

namespace datahaul {

// Bytes that are no text: bound and stored as a BLOB.
struct Blob {
  std::string_view bytes;
};

// A parameter of a statement. Borrows its bytes.
struct SqlValue {
  enum class Type : uint8_t { kInt, kText, kBlob };
  Type type = Type::kInt;
  int64_t number = 0;
  std::string_view bytes;

  template <typename Integer>
    requires(std::is_integral_v<Integer> || std::is_enum_v<Integer>)
  static SqlValue Of(Integer value) {
    return {Type::kInt, static_cast<int64_t>(value), {}};
  }
  static SqlValue Of(const Blob& blob) { return {Type::kBlob, 0, blob.bytes}; }
  static SqlValue Of(std::string_view text) { return {Type::kText, 0, text}; }
};

// The rows that one use of a statement gives. Not safe for concurrent use.
class SqlRows {
 public:
  virtual ~SqlRows() = default;
  virtual bool Next() = 0;                         // false at the end and after an error
  virtual const absl::Status& status() const = 0;  // of the Next() before
  virtual int64_t Int(int column) const = 0;
  virtual std::string_view Bytes(int column) const = 0;  // valid until Next() or the end of this object
  virtual bool IsNull(int column) const = 0;
};

// A connection. Not safe for concurrent use.
//
// Statements are literals, which live as long as the connection and stay prepared. They are written so that both
// databases understand them: parameters are ? or ?N, and "offset" is quoted. What only one of them knows stands where
// the other can leave it out: `INDEXED BY name` is for SQLite, `FOR …` at the end, a lock on rows, for PostgreSQL
// (SQLite locks the whole database).
class Sql {
 public:
  Sql() = default;
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;
  virtual ~Sql() = default;

  // Runs a statement that gives no rows. Its error may be told by a later call, at the latest by Commit.
  template <typename... Args>
  absl::Status Run(std::string_view sql, const Args&... args) {
    const std::array<SqlValue, sizeof...(Args)> values{SqlValue::Of(args)...};
    return RunWith(sql, values);
  }
  absl::Status Run(std::string_view sql, const std::vector<SqlValue>& values) { return RunWith(sql, values); }
  // The store's time, as it was when the transaction began. After an error: any, and the error is told by a later call.
  virtual Micros Now() = 0;
  virtual const std::string& name() const = 0;  // for messages; no secret

 private:
  friend class Query;
  virtual absl::Status RunWith(std::string_view sql, std::span<const SqlValue> values) = 0;
  virtual std::unique_ptr<SqlRows> Start(std::string_view sql, std::span<const SqlValue> values) = 0;
};

// One use of a statement: `Query q(db, "SELECT a FROM t WHERE b = ?", b); while (q.Next()) …; q.status()`.
//
// A server is not waited for before the first Next(): queries that are made one after the other before any is read cost
// one exchange together. They must be read in that order, and before anything else is changed: an embedded database
// looks only when it is asked. Arguments must outlive it.
class Query {
 public:
  template <typename... Args>
  Query(Sql& db, std::string_view sql, const Args&... args) {
    const std::array<SqlValue, sizeof...(Args)> values{SqlValue::Of(args)...};
    rows_ = db.Start(sql, values);
  }

  bool Next() { return rows_->Next(); }
  const absl::Status& status() const { return rows_->status(); }
  int64_t Int(int column) const { return rows_->Int(column); }
  uint64_t Uint(int column) const { return static_cast<uint64_t>(Int(column)); }
  std::string_view Text(int column) const { return rows_->Bytes(column); }  // also of a blob
  bool IsNull(int column) const { return rows_->IsNull(column); }

 private:
  std::unique_ptr<SqlRows> rows_;
};

// A database with a job store's tables. Safe for concurrent use.
class SqlDatabase {
 public:
  // May be called several times, each after what the one before did was rolled back.
  using Body = std::function<absl::Status(Sql& db)>;

  virtual ~SqlDatabase() = default;
  // Runs `body` in a transaction: committed if it returns OK, else rolled back.
  virtual absl::Status Write(const Body& body) = 0;
  // As above; `body` only reads, sees one state of the database, and waits for nobody.
  virtual absl::Status Read(const Body& body) = 0;
  // Once it has returned, what was committed before survives a power cut.
  virtual absl::Status MakeDurable() = 0;
  // Tells those who wait in `queue` that there is work. After the commit; it may get lost.
  virtual void Wake(std::string_view queue) = 0;
  // Returns when one of `queues` is woken, or after `most`.
  virtual void WaitForWake(std::span<const std::string> queues, Micros most) = 0;
  virtual const std::string& name() const = 0;  // for messages; no secret
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SQL_H_

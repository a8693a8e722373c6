#include "job/sqlite.h"

#include <sqlite3.h>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr int kBusyMillis = 10'000;

absl::Status StatusOf(int code, std::string message) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return WithRetry(absl::UnavailableError(message), Retry::kCall);
    case SQLITE_FULL:
      return WithRetry(absl::ResourceExhaustedError(message + "; free some room, then resume the job"), Retry::kHuman);
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return WithRetry(absl::PermissionDeniedError(message + "; check that its folder exists and can be written"),
                       Retry::kHuman);
    case SQLITE_IOERR:
      return WithRetry(absl::UnknownError(message), Retry::kTask);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return DataError(message + "; move the file away, or restore it");
    default:
      return InternalError(message);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sqlite>> Sqlite::Open(const std::string& path) {
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  std::unique_ptr<Sqlite> result(new Sqlite(path, db));
  if (code != SQLITE_OK) return result->Error();
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, kBusyMillis);
  return result;
}

Sqlite::~Sqlite() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

absl::Status Sqlite::Execute(const std::string& sql) {
  return sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK ? absl::OkStatus() : Error();
}

void Sqlite::KeepLogOnClose() { sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

absl::Status Sqlite::Error() const {
  return StatusOf(sqlite3_extended_errcode(db_), StrCat("job store ", path_, ": ", sqlite3_errmsg(db_)));
}

sqlite3_stmt* Sqlite::Prepared(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (statement != nullptr) statements_.emplace(sql, statement);
  return statement;
}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Query::Next() {
  if (!status_.ok()) return false;
  const int code = statement_ == nullptr ? SQLITE_ERROR : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) status_ = db_.Error();
  return false;
}

int64_t Query::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Query::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);  // before the size, which it may change
  return {static_cast<const char*>(bytes), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Query::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

// Bound bytes outlive the query: they are its constructor's arguments, or what those refer to.
void Query::Bind(std::string_view text) {
  sqlite3_bind_text64(statement_, ++bound_, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
}

void Query::Bind(const Blob& blob) {
  if (blob.bytes.empty()) {
    sqlite3_bind_zeroblob(statement_, ++bound_, 0);
  } else {
    sqlite3_bind_blob64(statement_, ++bound_, blob.bytes.data(), blob.bytes.size(), SQLITE_STATIC);
  }
}

void Query::Bind(std::nullptr_t) { sqlite3_bind_null(statement_, ++bound_); }

void Query::BindInt(int64_t value) { sqlite3_bind_int64(statement_, ++bound_, value); }

Transaction::~Transaction() {
  if (open_) (void)db_.Execute("ROLLBACK");
}

absl::Status Transaction::Begin() {
  DH_RETURN_IF_ERROR(db_.Run("BEGIN IMMEDIATE"));
  open_ = true;
  return absl::OkStatus();
}

absl::Status Transaction::BeginRead() {
  DH_RETURN_IF_ERROR(db_.Run("BEGIN"));
  open_ = true;
  return absl::OkStatus();
}

absl::Status Transaction::Commit() {
  DH_RETURN_IF_ERROR(db_.Run("COMMIT"));
  open_ = false;
  return absl::OkStatus();
}

}  // namespace datahaul

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

// Bound bytes outlive the rows: they are the arguments of the query, or what those refer to.
void Bind(sqlite3_stmt* statement, int at, const SqlValue& value) {
  const std::string_view bytes = value.bytes.data() == nullptr ? "" : value.bytes;
  switch (value.type) {
    case SqlValue::Type::kInt:
      sqlite3_bind_int64(statement, at, value.number);
      break;
    case SqlValue::Type::kText:
      sqlite3_bind_text64(statement, at, bytes.data(), bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
      break;
    case SqlValue::Type::kBlob:
      sqlite3_bind_blob64(statement, at, bytes.data(), bytes.size(), SQLITE_STATIC);
      break;
  }
}

}  // namespace

// One use of a statement, which goes back to those not in use.
class Sqlite::Rows final : public SqlRows {
 public:
  Rows(Sqlite& db, std::string_view sql, std::span<const SqlValue> values)
      : db_(db), sql_(sql), statement_(db.Prepared(sql)) {
    int at = 0;
    for (const SqlValue& value : values) Bind(statement_, ++at, value);
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows() override {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    db_.statements_[sql_].push_back(statement_);
  }

  bool Next() override {
    if (!status_.ok()) return false;
    const int code = statement_ == nullptr ? SQLITE_ERROR : sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) status_ = db_.Error();
    return false;
  }
  const absl::Status& status() const override { return status_; }
  int64_t Int(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string_view Bytes(int column) const override {
    const void* bytes = sqlite3_column_blob(statement_, column);  // before the size, which it may change
    return {static_cast<const char*>(bytes), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }
  bool IsNull(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

 private:
  Sqlite& db_;
  const std::string_view sql_;
  sqlite3_stmt* const statement_;
  absl::Status status_;
};

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
  for (const auto& [sql, unused] : statements_) {
    for (sqlite3_stmt* statement : unused) sqlite3_finalize(statement);
  }
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
  if (const auto found = statements_.find(sql); found != statements_.end() && !found->second.empty()) {
    sqlite3_stmt* const unused = found->second.back();
    found->second.pop_back();
    return unused;
  }
  const std::string_view known = sql.substr(0, sql.find(" FOR "));  // row locks are for others
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v3(db_, known.data(), static_cast<int>(known.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  return statement;
}

std::unique_ptr<SqlRows> Sqlite::Start(std::string_view sql, std::span<const SqlValue> values) {
  return std::make_unique<Rows>(*this, sql, values);
}

absl::Status Sqlite::RunWith(std::string_view sql, std::span<const SqlValue> values) {
  Rows rows(*this, sql, values);
  while (rows.Next()) {
  }
  return rows.status();
}

SqliteTransaction::~SqliteTransaction() {
  if (open_) (void)db_.Execute("ROLLBACK");
}

absl::Status SqliteTransaction::Begin() {
  DH_RETURN_IF_ERROR(db_.Run("BEGIN IMMEDIATE"));
  open_ = true;
  return absl::OkStatus();
}

absl::Status SqliteTransaction::BeginRead() {
  DH_RETURN_IF_ERROR(db_.Run("BEGIN"));
  open_ = true;
  return absl::OkStatus();
}

absl::Status SqliteTransaction::Commit() {
  DH_RETURN_IF_ERROR(db_.Run("COMMIT"));
  open_ = false;
  return absl::OkStatus();
}

}  // namespace datahaul

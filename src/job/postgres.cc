#include "job/postgres.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <poll.h>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr unsigned kInt8 = 20;  // the type's number in PostgreSQL's catalogue
constexpr int kBinary = 1;

// A process that freezes in the middle of a transaction must not hold up the others for longer.
// Every statement finds its rows by an index, in its order; where a table has just grown and has no statistics, the
// server would rather sort all of it. What has no index looks expensive to it then, and it would compile it first, for
// a tenth of a second.
constexpr char kSetUp[] =
    "SET search_path TO datahaul; SET idle_in_transaction_session_timeout TO 10000; SET client_min_messages TO error; "
    "SET enable_seqscan TO off; SET enable_bitmapscan TO off; SET enable_sort TO off; "
    "SET jit TO off";

// Before the URL, which may say otherwise. A server that is gone without a word is noticed within half a minute.
constexpr std::pair<const char*, const char*> kDefaults[] = {
    {"target_session_attrs", "read-write"}, {"connect_timeout", "5"},
    {"application_name", "datahaul"},       {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},           {"keepalives_count", "3"},
    {"tcp_user_timeout", "20000"},          {"client_encoding", "UTF8"},
};

constexpr size_t kMostParameters = 24;

int64_t BigEndian(int64_t number) {
  if constexpr (std::endian::native == std::endian::big) return number;
  return static_cast<int64_t>(__builtin_bswap64(static_cast<uint64_t>(number)));
}

// The text as PostgreSQL wants it: parameters $1, $2, …, and without hints for SQLite.
std::string Translated(std::string_view sql) {
  std::string text;
  int number = 0;
  for (size_t i = 0; i < sql.size(); ++i) {
    constexpr std::string_view kHint = "INDEXED BY ";
    if (sql.substr(i).starts_with(kHint)) {
      i = sql.find(' ', i + kHint.size());
      continue;
    }
    if (sql[i] != '?') {
      text += sql[i];
      continue;
    }
    const bool numbered = i + 1 < sql.size() && sql[i + 1] >= '0' && sql[i + 1] <= '9';
    StrAppend(&text, "$");
    if (!numbered) StrAppend(&text, ++number);
  }
  return text;
}

std::string OneLine(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return absl::StrReplaceAll(std::string(text), {{"\n", "; "}});
}

// libpq tells why it could not connect in words only.
bool NeedsPerson(std::string_view why) {
  constexpr std::string_view kSigns[] = {"authentication failed", "no password supplied", "does not exist",
                                         "no pg_hba.conf entry",  "permission denied",    "invalid",
                                         "certificate",           "does not support SSL"};
  return std::any_of(std::begin(kSigns), std::end(kSigns),
                     [why](std::string_view sign) { return why.find(sign) != std::string_view::npos; });
}

bool IsLoss(std::string_view state) {
  // Connection trouble; shut down or starting up; ended for idling; now a standby.
  return state.starts_with("08") || state.starts_with("57P") || state == "25P03" || state == "25006";
}

bool IsConflict(std::string_view state) {
  // Serialization, deadlock, lock not available; and a row or a table that somebody else has just made.
  return state == "40001" || state == "40P01" || state == "55P03" || state == "23505" || state == "42P07";
}

absl::Status StatusOf(std::string_view state, std::string message) {
  if (IsLoss(state) || IsConflict(state)) return WithRetry(absl::UnavailableError(message), Retry::kCall);
  if (state.starts_with("53")) {
    return WithRetry(absl::ResourceExhaustedError(message + "; give the server what it lacks, then resume the job"),
                     Retry::kHuman);
  }
  if (state == "42501" || state.starts_with("28")) {
    return WithRetry(absl::PermissionDeniedError(message + "; grant its user all rights in schema datahaul"),
                     Retry::kHuman);
  }
  if (state == "42P01") return HumanError(message + "; run `datahaul job-store migrate` on it");
  return InternalError(message);
}

}  // namespace

// The rows of one query, which come all at once.
class Postgres::Rows final : public SqlRows {
 public:
  explicit Rows(Postgres* db) : db_(db), result_(nullptr, {db->pq_}) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows() override {
    for (Sent& sent : db_->sent_) {
      if (sent.rows == this) sent.rows = nullptr;
    }
  }
  void Answer(absl::Status status, Result result) {
    answered_ = true;
    status_ = std::move(status);
    result_ = std::move(result);
  }
  bool answered() const { return answered_; }

  bool Next() override {
    if (!answered_) db_->Await(*this);
    return status_.ok() && ++row_ < db_->pq_->rows(result_.get());
  }
  const absl::Status& status() const override { return status_; }
  int64_t Int(int column) const override {
    const std::string_view bytes = Bytes(column);
    uint64_t number = 0;
    for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
    // Narrower integers keep their sign; numbers of one byte are booleans.
    if (bytes.size() == 4) return static_cast<int32_t>(number);
    return static_cast<int64_t>(number);
  }
  std::string_view Bytes(int column) const override {
    const Libpq& pq = *db_->pq_;
    return {pq.value(result_.get(), row_, column), static_cast<size_t>(pq.length(result_.get(), row_, column))};
  }
  bool IsNull(int column) const override { return db_->pq_->is_null(result_.get(), row_, column) != 0; }

 private:
  Postgres* const db_;
  bool answered_ = false;
  absl::Status status_;
  Result result_;
  int row_ = -1;
};

absl::StatusOr<std::unique_ptr<Postgres>> Postgres::Connect(const PostgresUrl& url) {
  DH_ASSIGN_OR_RETURN(const Libpq* pq, LoadLibpq());
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : kDefaults) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  keywords.push_back("dbname");
  values.push_back(url.text().c_str());
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<Postgres> result(
      new Postgres(pq, pq->connect(keywords.data(), values.data(), /*expand_dbname=*/1), url.text()));
  if (pq->status(result->connection_) != CONNECTION_OK) {
    const std::string why = OneLine(pq->error_message(result->connection_));
    const std::string message = StrCat("connecting to job store ", url.text(), ": ", why);
    if (NeedsPerson(why)) return HumanError(message);
    return WithRetry(absl::UnavailableError(message + "; is the server running?"), Retry::kCall);
  }
  DH_RETURN_IF_ERROR(result->Execute(kSetUp));
  return result;
}

Postgres::~Postgres() { pq_->finish(connection_); }

absl::Status Postgres::Begin(bool read_only, std::optional<Micros> now) {
  error_ = absl::OkStatus();
  fault_ = Fault::kNone;
  asked_now_.reset();
  now_ = now.value_or(0);
  wrote_ = false;
  const absl::Status begun =
      read_only ? Run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") : Run("BEGIN ISOLATION LEVEL READ COMMITTED");
  wrote_ = false;
  if (!now) asked_now_ = Start("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)", {});
  return begun;
}

Micros Postgres::Now() {
  if (asked_now_ != nullptr && asked_now_->Next()) now_ = asked_now_->Int(0);
  asked_now_.reset();
  return now_;
}

absl::Status Postgres::Commit() {
  DH_RETURN_IF_ERROR(Run("COMMIT"));
  return Sync();
}

void Postgres::Rollback() {
  if (fault_ == Fault::kLost) return;
  if (!Sync().ok() && fault_ == Fault::kLost) return;
  const absl::Status error = std::exchange(error_, absl::OkStatus());
  const Fault fault = std::exchange(fault_, Fault::kNone);
  if (!Run("ROLLBACK").ok() || !Sync().ok()) return;
  error_ = error;
  fault_ = fault;
}

absl::Status Postgres::Execute(const std::string& sql) {
  if (!sent_.empty()) DH_RETURN_IF_ERROR(Sync());
  pq_->exit_pipeline(connection_);
  const Result result(pq_->exec(connection_, sql.c_str()), {pq_});
  if (pq_->enter_pipeline(connection_) != 1) return Lost();
  const ExecStatusType status = pq_->result_status(result.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? absl::OkStatus() : Fail(result.get());
}

absl::Status Postgres::RunWith(std::string_view sql, std::span<const SqlValue> values) {
  wrote_ = true;
  return Send(sql, values, {});
}

std::unique_ptr<SqlRows> Postgres::Start(std::string_view sql, std::span<const SqlValue> values) {
  auto rows = std::make_unique<Rows>(this);
  const absl::Status sent = Send(sql, values, {.rows = rows.get(), .may_write = !sql.starts_with("SELECT")});
  if (!sent.ok()) rows->Answer(sent, Result(nullptr, {pq_}));
  return rows;
}

// A mere flush would do, but only after a sync the server knows that a transaction idles, and ends it some time.
absl::Status Postgres::EndPipeline() {
  if (synced_) return absl::OkStatus();
  if (pq_->pipeline_sync(connection_) != 1) return Lost();
  sent_.push_back({.sync = true});
  synced_ = true;
  return absl::OkStatus();
}

void Postgres::Await(Rows& rows) {
  if (fault_ != Fault::kLost) EndPipeline().IgnoreError();
  while (!rows.answered() && fault_ != Fault::kLost) Receive().IgnoreError();  // kept in error_
  if (!rows.answered()) rows.Answer(error_, Result(nullptr, {pq_}));
}

// The arguments are copied into libpq's own memory.
absl::Status Postgres::Send(std::string_view sql, std::span<const SqlValue> values, Sent sent) {
  if (!error_.ok()) return error_;
  if (values.size() > kMostParameters) return InternalError("running a statement: it has too many parameters");
  DH_RETURN_IF_ERROR(Prepare(sql, values));
  std::array<int64_t, kMostParameters> numbers{};
  std::array<const char*, kMostParameters> bytes{};
  std::array<int, kMostParameters> lengths{}, formats{};
  for (size_t i = 0; i < values.size(); ++i) {
    const SqlValue& value = values[i];
    formats[i] = kBinary;
    if (value.type == SqlValue::Type::kInt) {
      numbers[i] = BigEndian(value.number);
      bytes[i] = reinterpret_cast<const char*>(&numbers[i]);
      lengths[i] = sizeof numbers[i];
    } else {
      bytes[i] = value.bytes.data() == nullptr ? "" : value.bytes.data();
      lengths[i] = static_cast<int>(value.bytes.size());
    }
  }
  if (pq_->send_prepared(connection_, statements_.at(sql).c_str(), static_cast<int>(values.size()), bytes.data(),
                         lengths.data(), formats.data(), kBinary) != 1) {
    return Lost();
  }
  sent_.push_back(sent);
  synced_ = false;
  return absl::OkStatus();
}

absl::Status Postgres::Prepare(std::string_view sql, std::span<const SqlValue> values) {
  if (statements_.contains(sql)) return absl::OkStatus();
  std::array<Oid, kMostParameters> types{};  // 0: whatever the statement wants
  for (size_t i = 0; i < values.size(); ++i) types[i] = values[i].type == SqlValue::Type::kInt ? kInt8 : 0;
  std::string name = StrCat("s", ++prepared_);
  if (pq_->send_prepare(connection_, name.c_str(), Translated(sql).c_str(), static_cast<int>(values.size()),
                        types.data()) != 1) {
    return Lost();
  }
  statements_.emplace(sql, std::move(name));
  sent_.push_back({.prepares = sql});
  return absl::OkStatus();
}

// The answer to what was sent first. An error is kept, but for the loss of the connection no reason to stop: what was
// sent behind is answered, too.
absl::Status Postgres::Receive() {
  Result result(pq_->get_result(connection_), {pq_});
  if (result == nullptr) return Lost();
  if (sent_.front().sync) {
    sent_.pop_front();
    return pq_->result_status(result.get()) == PGRES_PIPELINE_SYNC ? absl::OkStatus() : Lost();
  }
  // A null follows, which ends the answers to one statement.
  while (const Result more{pq_->get_result(connection_), {pq_}}) {
  }
  const Sent sent = sent_.front();
  sent_.pop_front();
  const ExecStatusType status = pq_->result_status(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
    if (sent.may_write && pq_->rows(result.get()) > 0) wrote_ = true;
    if (sent.rows != nullptr) sent.rows->Answer(absl::OkStatus(), std::move(result));
    return absl::OkStatus();
  }
  if (!sent.prepares.empty()) statements_.erase(sent.prepares);
  const absl::Status error = status == PGRES_PIPELINE_ABORTED ? error_ : Fail(result.get());
  if (sent.rows != nullptr) sent.rows->Answer(error, Result(nullptr, {pq_}));
  return fault_ == Fault::kLost ? error : absl::OkStatus();
}

// Waits for all answers. Afterwards statements can be sent again, whether there was an error or not.
absl::Status Postgres::Sync() {
  if (fault_ == Fault::kLost) return error_;
  DH_RETURN_IF_ERROR(EndPipeline());
  while (!sent_.empty()) DH_RETURN_IF_ERROR(Receive());
  return error_;
}

absl::Status Postgres::Fail(const PGresult* result) {
  if (!error_.ok()) return error_;
  const char* state = pq_->error_field(result, PG_DIAG_SQLSTATE);
  const char* primary = pq_->error_field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (state == nullptr || pq_->status(connection_) != CONNECTION_OK) return Lost();
  fault_ = IsLoss(state) ? Fault::kLost : IsConflict(state) ? Fault::kConflict : Fault::kOther;
  error_ = StatusOf(state, StrCat("job store ", name_, ": ", primary == nullptr ? "" : primary));
  return error_;
}

absl::Status Postgres::Lost() {
  if (fault_ == Fault::kLost) return error_;
  fault_ = Fault::kLost;
  const std::string why = OneLine(pq_->error_message(connection_));
  error_ =
      WithRetry(absl::UnavailableError(StrCat("job store ", name_, ": the connection was lost: ", why)), Retry::kCall);
  return error_;
}

bool Postgres::WaitForNotification(std::span<const std::string> payloads, Micros most) {
  const Micros end = Clock::Real().Now() + most;
  while (true) {
    bool woken = false;
    while (PGnotify* notification = pq_->notifies(connection_)) {
      woken = woken || std::find(payloads.begin(), payloads.end(), notification->extra) != payloads.end();
      pq_->free_memory(notification);
    }
    const Micros left = end - Clock::Real().Now();
    if (woken || left <= 0) return true;
    pollfd event = {pq_->socket(connection_), POLLIN, 0};
    if (event.fd < 0) return false;
    const int ready = ::poll(&event, 1, static_cast<int>(left / 1000) + 1);
    if (ready > 0 && pq_->consume_input(connection_) != 1) return false;
  }
}

}  // namespace datahaul

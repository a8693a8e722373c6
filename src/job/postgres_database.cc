#include "job/postgres_database.h"

#include <random>
#include <utility>

#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "retry/backoff.h"

namespace datahaul {
namespace {

// Few, each of which stays warm in the server: there more of them take turns on the same CPUs, and on the same rows.
constexpr int kMostConnections = 4;
constexpr Micros kPatience = 60'000'000;  // for a server that is away
constexpr Micros kSessionsKept = 86'400'000'000;
constexpr BackoffPolicy kBackoff{10'000, 1'000'000};
constexpr char kListen[] = "LISTEN datahaul";

std::string NewSessionId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) StrAppend(&id, i == 0 ? "" : "-", random());
  return id;
}

}  // namespace

// A session for one call.
class PostgresDatabase::Borrowed {
 public:
  explicit Borrowed(PostgresDatabase* database) : database_(database), session_(database->Take()) {}
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() { database_->Return(std::move(session_)); }
  Session& operator*() { return *session_; }

 private:
  PostgresDatabase* const database_;
  std::unique_ptr<Session> session_;
};

PostgresDatabase::~PostgresDatabase() {
  for (const auto& session : free_) {
    if (session->connection == nullptr || !session->connection->Begin(false).ok()) continue;
    const absl::Status deleted = session->connection->Run("DELETE FROM sessions WHERE id = ?", session->id);
    if (deleted.ok()) session->connection->Commit().IgnoreError();  // else somebody does it tomorrow
  }
}

absl::Status PostgresDatabase::Write(const Body& body) { return Run(body, false); }
absl::Status PostgresDatabase::Read(const Body& body) { return Run(body, true); }

absl::Status PostgresDatabase::Run(const Body& body, bool read_only) {
  Borrowed session(this);
  Random jitter(std::random_device{}());
  const Micros give_up = Clock::Real().Now() + kPatience;
  for (uint32_t attempt = 0;; ++attempt) {
    bool again = false;
    absl::Status status = Attempt(*session, body, read_only, &again);
    if (!again || Clock::Real().Now() > give_up) return status;
    Clock::Real().Sleep(BackoffDelay(kBackoff, attempt, jitter));
  }
}

absl::Status PostgresDatabase::Attempt(Session& session, const Body& body, bool read_only, bool* again) {
  const Micros used = std::exchange(session.used, Clock::Real().Now());
  if (session.used - used > kSessionsKept / 2) session.connection.reset();  // its row may be gone by now
  if (session.connection == nullptr) {
    absl::Status connected = Connect(session);
    *again = RetryOf(connected) == Retry::kCall;
    if (!connected.ok()) return connected;
  }
  Postgres& connection = *session.connection;
  absl::Status status = connection.Begin(read_only, clock_ == nullptr ? std::nullopt : std::optional(clock_->Now()));
  if (status.ok()) status = body(connection);
  if (status.ok()) status = connection.error();  // of a statement whose answer nobody looked at
  if (status.ok() && connection.wrote() && !read_only) {
    return Commit(session, again);
  }
  // Also where nothing was written: a commit of mere locks would wait for the disk.
  connection.Rollback();
  const Postgres::Fault fault = connection.fault();
  *again = fault == Postgres::Fault::kLost || fault == Postgres::Fault::kConflict;
  if (fault == Postgres::Fault::kLost) session.connection.reset();
  return status;
}

absl::Status PostgresDatabase::Commit(Session& session, bool* again) {
  Postgres& connection = *session.connection;
  // Fails if AskOrPrevent was faster.
  absl::Status status =
      connection.Run("UPDATE sessions SET commits = CASE WHEN commits = ?1 THEN ?1 + 1 END, seen = ?2 WHERE id = ?3",
                     session.commits, Clock::Real().Now(), session.id);
  if (status.ok()) status = connection.Commit();
  if (status.ok()) {
    ++session.commits;
    return status;
  }
  if (connection.fault() != Postgres::Fault::kLost) {
    *again = connection.fault() == Postgres::Fault::kConflict;
    connection.Rollback();
    if (connection.fault() == Postgres::Fault::kLost) session.connection.reset();
    return status;
  }
  DH_ASSIGN_OR_RETURN(const bool committed, WasCommitted(session));
  if (committed) return absl::OkStatus();
  *again = true;
  return status;
}

// Whether the lost connection's last commit took effect; if not, it never will.
absl::StatusOr<bool> PostgresDatabase::WasCommitted(Session& session) {
  Random jitter(std::random_device{}());
  const std::string id = session.id;
  const int64_t commits = session.commits + 1;
  session.connection.reset();
  const Micros give_up = Clock::Real().Now() + kPatience;
  for (uint32_t attempt = 0;; ++attempt) {
    absl::Status status = session.connection == nullptr ? Connect(session) : absl::OkStatus();
    if (status.ok()) {
      const absl::StatusOr<bool> committed = AskOrPrevent(*session.connection, id, commits);
      if (committed.ok()) return committed;
      status = committed.status();
      if (session.connection->fault() == Postgres::Fault::kLost) session.connection.reset();
    }
    if (RetryOf(status) != Retry::kCall || Clock::Real().Now() > give_up) {
      session.connection.reset();
      return Annotate(status, "finding out whether the last step was stored");
    }
    Clock::Real().Sleep(BackoffDelay(kBackoff, attempt, jitter));
  }
}

// Waits for the lost connection's transaction, if that holds the session's row. If it has not come so far, as when its
// last words are still on their way, it is shut out. That is remembered, too: this may be asked again.
absl::StatusOr<bool> PostgresDatabase::AskOrPrevent(Postgres& connection, const std::string& id, int64_t commits) {
  DH_RETURN_IF_ERROR(connection.Begin(false));
  absl::Status status;
  int64_t found = 0;
  {
    datahaul::Query query(connection, "SELECT commits FROM sessions WHERE id = ? FOR UPDATE", id);
    if (query.Next()) found = query.Int(0);
    status = query.status();
  }
  if (status.ok() && found != commits) {
    status = connection.Run("UPDATE sessions SET commits = -1 WHERE id = ?", id);
    if (status.ok()) status = connection.Commit();
  }
  connection.Rollback();
  DH_RETURN_IF_ERROR(status);
  return found == commits;
}

absl::Status PostgresDatabase::Connect(Session& session) {
  DH_ASSIGN_OR_RETURN(session.connection, Postgres::Connect(url_));
  const absl::Status registered = Register(session);
  if (!registered.ok()) session.connection.reset();
  return registered;
}

absl::Status PostgresDatabase::Register(Session& session) {
  Postgres& connection = *session.connection;
  session.id = NewSessionId();
  session.commits = 0;
  const Micros now = Clock::Real().Now();
  DH_RETURN_IF_ERROR(connection.Begin(false));
  DH_RETURN_IF_ERROR(connection.Run("DELETE FROM sessions WHERE seen < ?", now - kSessionsKept));
  DH_RETURN_IF_ERROR(connection.Run("INSERT INTO sessions VALUES(?, 0, ?)", session.id, now));
  return connection.Commit();
}

std::unique_ptr<PostgresDatabase::Session> PostgresDatabase::Take() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return !free_.empty() || open_ < kMostConnections; });
  if (free_.empty()) {
    ++open_;
    return std::make_unique<Session>();
  }
  std::unique_ptr<Session> session = std::move(free_.back());
  free_.pop_back();
  return session;
}

void PostgresDatabase::Return(std::unique_ptr<Session> session) {
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(session));
  returned_.notify_one();
}

void PostgresDatabase::Wake(std::string_view queue) {
  const auto notify = [queue](Sql& db) -> absl::Status {
    datahaul::Query query(db, "SELECT pg_notify('datahaul', ?)", queue);
    query.Next();
    return query.status();
  };
  Borrowed session(this);
  if ((*session).connection == nullptr) return;
  Postgres& connection = *(*session).connection;
  // Without trying again: those who wait look by themselves now and then.
  absl::Status status = connection.Begin(false);
  if (status.ok()) status = notify(connection);
  if (status.ok()) status = connection.Commit();
  if (!status.ok()) connection.Rollback();
  if (connection.fault() == Postgres::Fault::kLost) (*session).connection.reset();
}

void PostgresDatabase::WaitForWake(std::span<const std::string> queues, Micros most) {
  std::lock_guard lock(listening_);
  if (listener_ == nullptr) {
    absl::StatusOr<std::unique_ptr<Postgres>> connection = Postgres::Connect(url_);
    if (connection.ok() && (*connection)->Execute(kListen).ok()) listener_ = *std::move(connection);
  }
  if (listener_ == nullptr) return Clock::Real().Sleep(most);
  if (!listener_->WaitForNotification(queues, most)) listener_.reset();
}

}  // namespace datahaul

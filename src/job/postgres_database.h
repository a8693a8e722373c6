#ifndef DATAHAUL_JOB_POSTGRES_DATABASE_H_
#define DATAHAUL_JOB_POSTGRES_DATABASE_H_

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "job/postgres.h"
#include "job/sql.h"

namespace datahaul {

// A PostgreSQL database, through as many connections as there are calls at once, up to a bound. A transaction whose
// connection is lost is run again on a new one; where the answer to its commit was lost, the database is asked first
// whether it took effect. Waits up to a minute for a server that is away. Safe for concurrent use.
class PostgresDatabase final : public SqlDatabase {
 public:
  // `clock`: null for the database's own time, else (in tests) it must outlive the database.
  PostgresDatabase(PostgresUrl url, Clock* clock) : url_(std::move(url)), clock_(clock) {}
  ~PostgresDatabase() override;

  absl::Status Write(const Body& body) override;
  absl::Status Read(const Body& body) override;
  absl::Status MakeDurable() override { return absl::OkStatus(); }  // each commit is
  void Wake(std::string_view queue) override;
  void WaitForWake(std::span<const std::string> queues, Micros most) override;
  const std::string& name() const override { return url_.text(); }

 private:
  // A connection and what the database knows it by. Its row in the table `sessions` counts its commits: that is how a
  // commit is recognised whose answer was lost, and one prevented that has not even arrived.
  struct Session {
    std::unique_ptr<Postgres> connection;  // null: to be made
    std::string id;
    int64_t commits = 0;
    Micros used = 0;  // by this machine's clock
  };
  class Borrowed;

  absl::Status Run(const Body& body, bool read_only);
  // One attempt. Nothing: it must be run again, and `status` says why.
  absl::Status Attempt(Session& session, const Body& body, bool read_only, bool* again);
  absl::Status Commit(Session& session, bool* again);
  absl::Status Connect(Session& session);
  absl::Status Register(Session& session);
  absl::StatusOr<bool> WasCommitted(Session& session);
  static absl::StatusOr<bool> AskOrPrevent(Postgres& connection, const std::string& id, int64_t commits);
  std::unique_ptr<Session> Take();
  void Return(std::unique_ptr<Session> session);

  const PostgresUrl url_;
  Clock* const clock_;

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Session>> free_;  // guarded by mutex_
  int open_ = 0;                                // likewise

  std::mutex listening_;
  std::unique_ptr<Postgres> listener_;  // guarded by listening_
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_POSTGRES_DATABASE_H_

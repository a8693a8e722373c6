// PostgreSQL through libpq, with this project's errors: a connection, prepared statements, transactions.
#ifndef DATAHAUL_JOB_POSTGRES_H_
#define DATAHAUL_JOB_POSTGRES_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "job/libpq.h"
#include "job/postgres_url.h"
#include "job/sql.h"

namespace datahaul {

// A connection. Statements are sent without waiting for the answer (pipeline mode): a transaction costs one exchange
// whenever rows are read that have not come yet, and one for its end. Not safe for concurrent use.
class Postgres final : public Sql {
 public:
  // How the last error can be overcome.
  enum class Fault : uint8_t {
    kNone,
    kLost,      // the connection is gone, and with it the transaction, unless it was just being committed
    kConflict,  // with another transaction: roll back, run it again
    kOther,
  };

  // To one of the URL's hosts that can be written to. Other programs' connections are not told of by name or password.
  static absl::StatusOr<std::unique_ptr<Postgres>> Connect(const PostgresUrl& url);
  ~Postgres() override;

  // `now` is what Now() then says; nothing: the server is asked.
  absl::Status Begin(bool read_only, std::optional<Micros> now = 0);
  absl::Status Commit();
  void Rollback();
  // Runs statements that take no parameters and give no rows, outside of transactions or inside.
  absl::Status Execute(const std::string& sql);

  Micros Now() override;
  const std::string& name() const override { return name_; }
  Fault fault() const { return fault_; }                // in the current transaction
  const absl::Status& error() const { return error_; }  // the first in it
  bool wrote() const { return wrote_; }                 // the current transaction has changed rows

  // Returns when a notification for one of `payloads` came on the channel that this connection listens to, or after
  // `most`. False if the connection is lost.
  bool WaitForNotification(std::span<const std::string> payloads, Micros most);

 private:
  struct Clear {
    const Libpq* pq;
    void operator()(PGresult* result) const { pq->clear(result); }
  };
  using Result = std::unique_ptr<PGresult, Clear>;
  class Rows;
  // A statement that was not answered yet.
  struct Sent {
    bool sync = false;          // no statement: the end of a pipeline
    std::string_view prepares;  // the text, where it is only to be prepared
    Rows* rows = nullptr;       // who waits for them, if anybody
    bool may_write = false;     // if it gives rows, the transaction has changed some
  };

  Postgres(const Libpq* pq, PGconn* connection, std::string name)
      : pq_(pq), connection_(connection), name_(std::move(name)) {}
  absl::Status RunWith(std::string_view sql, std::span<const SqlValue> values) override;
  std::unique_ptr<SqlRows> Start(std::string_view sql, std::span<const SqlValue> values) override;

  absl::Status Send(std::string_view sql, std::span<const SqlValue> values, Sent sent);
  absl::Status Prepare(std::string_view sql, std::span<const SqlValue> values);
  absl::Status EndPipeline();
  void Await(Rows& rows);
  absl::Status Receive();
  absl::Status Sync();
  absl::Status Fail(const PGresult* result);
  absl::Status Lost();

  const Libpq* const pq_;
  PGconn* const connection_;
  const std::string name_;
  absl::flat_hash_map<std::string_view, std::string> statements_;  // their names
  uint64_t prepared_ = 0;
  std::deque<Sent> sent_;
  bool synced_ = true;  // the server was asked to answer all in sent_
  absl::Status error_;  // the first of the current transaction
  Fault fault_ = Fault::kNone;
  bool wrote_ = false;
  Micros now_ = 0;
  std::unique_ptr<SqlRows> asked_now_;  // null: now_ is known
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_POSTGRES_H_

#ifndef DATAHAUL_JOB_SQL_JOB_STORE_H_
#define DATAHAUL_JOB_SQL_JOB_STORE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "job/job_transaction.h"
#include "job/sql.h"

namespace datahaul {

// The JobStore on a database: every call is one JobTransaction. Safe for concurrent use.
class SqlJobStore final : public JobStore {
 public:
  // `is_gone` tells whether a process (by its name in a lease) is known to be dead.
  SqlJobStore(std::unique_ptr<SqlDatabase> db, JobTransaction::IsGone is_gone)
      : db_(std::move(db)), is_gone_(std::move(is_gone)) {}

  absl::StatusOr<std::string> Submit(const JobSpec& spec, std::string_view request_id) override;
  absl::StatusOr<Job> Get(std::string_view job) override;
  absl::StatusOr<std::vector<Job>> List() override;
  absl::StatusOr<std::optional<TaskLease>> Acquire(const AcquireOptions& options) override;
  absl::StatusOr<std::optional<std::string>> Choose(const ChooseOptions& options) override;
  void WaitForWork(const std::vector<std::string>& queues, Micros most) override;
  absl::Status Renew(TaskLease* lease, Micros ttl) override;
  absl::Status Advance(TaskLease* lease, const Step& step) override;
  absl::Status GiveBack(const TaskLease& lease, bool failed, Micros delay) override;
  absl::StatusOr<std::vector<Extent>> Committed(std::string_view job) override;
  absl::StatusOr<SchemaSketch> Sketch(std::string_view job) override;
  absl::Status Finish(std::string_view job, std::string_view process, JobState state, const absl::Status& why) override;
  absl::Status Reclaim(std::string_view job) override;
  absl::Status Resume(std::string_view job) override;
  absl::Status Cancel(std::string_view job) override;
  absl::Status Remove(std::string_view job) override;
  absl::Status LimitQueue(std::string_view queue, uint64_t most_leases) override;

 private:
  // What `call`, given a JobTransaction, returns, once that is committed.
  template <typename Result, typename Call>
  Result In(absl::Status (SqlDatabase::*transact)(const SqlDatabase::Body&), const Call& call);
  template <typename Result, typename Call>
  Result Write(const Call& call);
  template <typename Result, typename Call>
  Result Read(const Call& call);

  const std::unique_ptr<SqlDatabase> db_;
  const JobTransaction::IsGone is_gone_;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SQL_JOB_STORE_H_

// A JobStore that fails when told to.
#ifndef DATAHAUL_TESTING_FAULTY_JOB_STORE_H_
#define DATAHAUL_TESTING_FAULTY_JOB_STORE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "job/job_store.h"
#include "testing/fault.h"

namespace datahaul {

// The hook is asked before each call ("store.advance") and after it ("store.advance.done"): then the call has taken
// effect, but its caller is told that it failed, as when a connection breaks during a commit.
class FaultyJobStore final : public JobStore {
 public:
  FaultyJobStore(JobStore* store, FaultHook fault) : store_(store), fault_(std::move(fault)) {}

  absl::StatusOr<std::string> Submit(const JobSpec& spec, std::string_view request_id) override {
    return Through("submit", [&] { return store_->Submit(spec, request_id); });
  }
  absl::StatusOr<Job> Get(std::string_view job) override {
    return Through("get", [&] { return store_->Get(job); });
  }
  absl::StatusOr<std::vector<Job>> List() override {
    return Through("list", [&] { return store_->List(); });
  }
  absl::StatusOr<std::optional<TaskLease>> Acquire(const AcquireOptions& options) override {
    return Through("acquire", [&] { return store_->Acquire(options); });
  }
  absl::StatusOr<std::optional<std::string>> Choose(const ChooseOptions& options) override {
    return Through("choose", [&] { return store_->Choose(options); });
  }
  void WaitForWork(const std::vector<std::string>& queues, Micros most) override { store_->WaitForWork(queues, most); }
  absl::Status Renew(TaskLease* lease, Micros ttl) override {
    return Through("renew", [&] { return store_->Renew(lease, ttl); });
  }
  absl::Status Advance(TaskLease* lease, const Step& step) override {
    return Through("advance", [&] { return store_->Advance(lease, step); });
  }
  absl::Status GiveBack(const TaskLease& lease, bool failed, Micros delay) override {
    return Through("give_back", [&] { return store_->GiveBack(lease, failed, delay); });
  }
  absl::StatusOr<std::vector<Extent>> Committed(std::string_view job) override {
    return Through("committed", [&] { return store_->Committed(job); });
  }
  absl::StatusOr<SchemaSketch> Sketch(std::string_view job) override {
    return Through("sketch", [&] { return store_->Sketch(job); });
  }
  absl::Status Finish(std::string_view job, std::string_view process, JobState state,
                      const absl::Status& why) override {
    return Through("finish", [&] { return store_->Finish(job, process, state, why); });
  }
  absl::Status Reclaim(std::string_view job) override {
    return Through("reclaim", [&] { return store_->Reclaim(job); });
  }
  absl::Status Resume(std::string_view job) override {
    return Through("resume", [&] { return store_->Resume(job); });
  }
  absl::Status Cancel(std::string_view job) override {
    return Through("cancel", [&] { return store_->Cancel(job); });
  }
  absl::Status Remove(std::string_view job) override {
    return Through("remove", [&] { return store_->Remove(job); });
  }
  absl::Status LimitQueue(std::string_view queue, uint64_t most_leases) override {
    return Through("limit_queue", [&] { return store_->LimitQueue(queue, most_leases); });
  }

 private:
  template <typename Call>
  auto Through(std::string_view name, const Call& call) -> decltype(call()) {
    const std::string point = "store." + std::string(name);
    DH_RETURN_IF_ERROR(Ask(fault_, point));
    auto result = call();
    DH_RETURN_IF_ERROR(Ask(fault_, point + ".done"));
    return result;
  }

  JobStore* const store_;
  const FaultHook fault_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_FAULTY_JOB_STORE_H_

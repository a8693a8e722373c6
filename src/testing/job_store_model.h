// What a JobStore with one job should answer, worked out in the plainest way: the yardstick for random histories.
#ifndef DATAHAUL_TESTING_JOB_STORE_MODEL_H_
#define DATAHAUL_TESTING_JOB_STORE_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "job/job_store.h"
#include "job/process.h"

namespace datahaul {

// The scan or the write phase of one job, planned with `tasks` tasks. Times are passed in. Where a JobStore says
// ABORTED, the answer here is kStale.
class JobStoreModel {
 public:
  enum class Answer : uint8_t { kOk, kStale, kCancelled };
  struct Rules {
    Phase phase = Phase::kWrite;
    bool exclusive = false;  // one process at a time
    bool in_order = false;
    bool operator==(const Rules&) const = default;
  };

  JobStoreModel(uint64_t tasks, Rules rules, std::string planner) : rules_(rules), holder_(std::move(planner)) {
    for (uint64_t seq = 0; seq < tasks; ++seq) open_[seq] = {};
  }

  struct Row {
    std::string worker;  // "" = free
    Fence fence = 0;
    Micros expires = 0, not_before = 0;
    uint32_t attempts = 0;
    uint64_t slice = 0;
    Cursor cursor;
    bool operator==(const Row&) const = default;
  };
  bool operator==(const JobStoreModel&) const = default;

  std::optional<TaskLease> Acquire(const std::string& worker, Micros ttl, Micros now) {
    return Acquire(worker, ttl, now, {}, std::nullopt);
  }
  // As above, while other calls touch the tasks in `touched`: where the job is shared, these may be passed by. The one
  // that was given, if any, tells whether they were.
  std::optional<TaskLease> Acquire(const std::string& worker, Micros ttl, Micros now, const std::set<uint64_t>& touched,
                                   std::optional<uint64_t> given) {
    for (auto& [seq, row] : open_) {
      if (row.worker == worker) row.worker.clear();
    }
    if (rules_.exclusive && HeldByAnother(std::string(ProcessOf(worker)), now)) return std::nullopt;
    for (auto& [seq, row] : open_) {
      if (!row.worker.empty() && row.expires > now) continue;
      if (row.not_before > now) {
        if (rules_.in_order) return std::nullopt;
        continue;
      }
      if (!rules_.exclusive && touched.contains(seq) && given != seq) continue;
      return Lease(seq, row, worker, now + ttl);
    }
    return std::nullopt;
  }
  // The tasks that `worker` holds, or held when its lease expired.
  std::set<uint64_t> TasksOf(const std::string& worker) const {
    std::set<uint64_t> tasks;
    for (const auto& [seq, row] : open_) {
      if (row.worker == worker) tasks.insert(seq);
    }
    return tasks;
  }

  bool Holds(const TaskLease& lease, Micros now) const {
    const auto found = open_.find(lease.task.seq);
    return found != open_.end() && found->second.fence == lease.fence && found->second.worker == lease.worker &&
           found->second.expires > now;
  }
  Answer Renew(const TaskLease& lease, Micros ttl, Micros now) {
    if (!Holds(lease, now)) return Answer::kStale;
    open_[lease.task.seq].expires = now + ttl;
    return cancelled_ ? Answer::kCancelled : Answer::kOk;
  }
  Answer Advance(const TaskLease& lease, const Cursor& cursor, bool done, Micros now) {
    if (!Holds(lease, now) || open_[lease.task.seq].slice != lease.task.slice) return Answer::kStale;
    if (cancelled_) return Answer::kCancelled;
    if (rules_.in_order && open_.begin()->first != lease.task.seq) return Answer::kStale;
    Row& row = open_[lease.task.seq];
    row.cursor = cursor;
    row.attempts = 0;
    ++row.slice;
    ++advances_;
    if (done) open_.erase(lease.task.seq);
    return Answer::kOk;
  }
  Answer GiveBack(const TaskLease& lease, bool failed, Micros delay, Micros now) {
    if (!Holds(lease, now)) return Answer::kStale;
    Row& row = open_[lease.task.seq];
    row.worker.clear();
    row.not_before = now + delay;
    row.attempts += failed;
    return Answer::kOk;
  }
  bool Cancel() { return cancelled_ = true; }  // jobs here are never over

  bool done() const { return open_.empty(); }
  Phase phase() const { return rules_.phase; }
  uint64_t advances() const { return advances_; }

 private:
  bool HeldByAnother(const std::string& process, Micros now) const {
    for (const auto& [seq, row] : open_) {
      if (!row.worker.empty() && row.expires > now && ProcessOf(row.worker) != process) return true;
    }
    return false;
  }

  TaskLease Lease(uint64_t seq, Row& row, const std::string& worker, Micros expires) {
    if (!row.worker.empty()) ++row.attempts;  // it was deserted
    row.worker = worker;
    row.expires = expires;
    ++row.fence;
    if (rules_.exclusive && holder_ != ProcessOf(worker)) {
      holder_ = ProcessOf(worker);
      ++epoch_;
    }
    TaskLease lease;
    lease.task.phase = rules_.phase;
    lease.task.seq = seq;
    lease.task.cursor = row.cursor;
    lease.task.slice = row.slice;
    lease.task.attempts = row.attempts;
    lease.worker = worker;
    lease.fence = row.fence;
    lease.expires = expires;
    lease.epoch = epoch_;
    return lease;
  }

  Rules rules_;
  std::string holder_;
  uint64_t epoch_ = 1;  // the planner's
  uint64_t advances_ = 0;
  bool cancelled_ = false;
  std::map<uint64_t, Row> open_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_JOB_STORE_MODEL_H_

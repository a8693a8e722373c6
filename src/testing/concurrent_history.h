// Clients that use one job at the same time, round by round. In a round each calls the store once, all at once; what
// they are told must be explained by some order of the calls: JobStoreModel plays every order, and what can't be
// explained by any is a failure. Time stands still within a round.
#ifndef DATAHAUL_TESTING_CONCURRENT_HISTORY_H_
#define DATAHAUL_TESTING_CONCURRENT_HISTORY_H_

#include <algorithm>
#include <barrier>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"
#include "base/text.h"
#include "job/job_store.h"
#include "testing/job_store_model.h"
#include "testing/sim_clock.h"

namespace datahaul {

// What a client does in a round, and what it was told.
struct StoreCall {
  enum class Kind : uint8_t { kAcquire, kRenew, kAdvance, kGiveBack, kCancel };
  Kind kind = Kind::kAcquire;
  std::string worker;
  std::optional<TaskLease> lease;  // before; of Acquire: what it gave
  Cursor cursor;
  bool done = false, failed = false;
  Micros delay = 0;
  absl::Status status;
};

class ConcurrentHistory {
 public:
  static constexpr Micros kTtl = 1000;

  ConcurrentHistory(SimClock* clock, std::string job, JobStoreModel model, uint64_t seed)
      : clock_(clock), job_(std::move(job)), models_{std::move(model)}, random_(seed) {}

  // The calls of the next round, one for each client.
  std::vector<StoreCall> Draw(size_t clients) {
    clock_->Sleep(static_cast<Micros>(random_.Below(random_.Below(4) == 0 ? 1500 : 200)));
    std::vector<StoreCall> calls(clients);
    for (size_t i = 0; i < clients; ++i) calls[i] = DrawCall(i);
    return calls;
  }

  // By a thread of its own, on a store of its own.
  static void Carry(JobStore& store, const std::string& job, StoreCall* call) {
    switch (call->kind) {
      case StoreCall::Kind::kAcquire: {
        auto lease = store.Acquire({job, call->worker, kTtl});
        call->status = lease.status();
        if (lease.ok()) call->lease = *std::move(lease);
        break;
      }
      case StoreCall::Kind::kRenew:
        call->status = store.Renew(&*call->lease, kTtl);
        break;
      case StoreCall::Kind::kGiveBack:
        call->status = store.GiveBack(*call->lease, call->failed, call->delay);
        break;
      case StoreCall::Kind::kCancel:
        call->status = store.Cancel(job);
        break;
      case StoreCall::Kind::kAdvance: {
        Step step;
        step.cursor = call->cursor;
        step.done = call->done;
        step.counters.kinds[{"", "A"}] = {1, 1, 0, 0};
        call->status = store.Advance(&*call->lease, step);
        break;
      }
    }
  }
  const std::string& job() const { return job_; }

  // False, and a failure, if no order of the calls explains what was told.
  bool Explain(const std::vector<StoreCall>& calls) {
    std::vector<JobStoreModel> next;
    for (const JobStoreModel& model : models_) {
      std::vector<size_t> order(calls.size());
      std::iota(order.begin(), order.end(), 0);
      do {
        JobStoreModel played = model;
        const bool fits = std::all_of(order.begin(), order.end(), [&](size_t i) { return Play(played, calls, i); });
        if (fits && std::find(next.begin(), next.end(), played) == next.end()) next.push_back(std::move(played));
      } while (std::next_permutation(order.begin(), order.end()));
    }
    Note(calls);
    models_ = std::move(next);
    if (models_.empty()) ADD_FAILURE() << "no order of these calls explains what was told:" << Describe(calls);
    return !models_.empty();
  }

  void CheckEnd(JobStore& store) const {
    const Job job = *store.Get(job_);
    EXPECT_EQ(job.counters.Total().read, models_[0].advances()) << "an advance was lost or repeated";
    EXPECT_EQ(job.phase, models_[0].done() ? Phase::kClose : Phase::kWrite);
  }
  bool over() const { return models_[0].done(); }

 private:
  StoreCall DrawCall(size_t client) {
    StoreCall call;
    call.worker = StrCat("process", client % 3, "/", client);
    if (random_.Below(60) == 0) {
      call.kind = StoreCall::Kind::kCancel;
      return call;
    }
    if (leases_.empty() || random_.Below(2) == 0) return call;
    // Mostly one that was given lately, of whomever: it may be used by two at once.
    const size_t recent = std::min<size_t>(leases_.size(), 6);
    call.lease = leases_[leases_.size() - 1 - random_.Below(recent)];
    switch (random_.Below(5)) {
      case 0:
        call.kind = StoreCall::Kind::kRenew;
        break;
      case 1:
        call.kind = StoreCall::Kind::kGiveBack;
        call.failed = random_.Below(2) == 0;
        call.delay = static_cast<Micros>(random_.Below(300));
        break;
      default:
        call.kind = StoreCall::Kind::kAdvance;
        call.cursor = StrCat(random_.Next());
        call.done = random_.Below(4) == 0;
    }
    return call;
  }

  // Whether the model, which takes the call, would have told the same.
  bool Play(JobStoreModel& model, const std::vector<StoreCall>& calls, size_t index) const {
    const StoreCall& call = calls[index];
    const Micros now = clock_->Now();
    const auto told = [&call](JobStoreModel::Answer answer) {
      switch (answer) {
        case JobStoreModel::Answer::kOk:
          return call.status.ok();
        case JobStoreModel::Answer::kStale:
          return absl::IsAborted(call.status);
        case JobStoreModel::Answer::kCancelled:
          return absl::IsCancelled(call.status);
      }
      return false;
    };
    switch (call.kind) {
      case StoreCall::Kind::kAcquire:
        return call.status.ok() && ExplainsAcquire(model, calls, index);
      case StoreCall::Kind::kRenew:
        return told(model.Renew(*call.lease, kTtl, now));
      case StoreCall::Kind::kGiveBack:
        return told(model.GiveBack(*call.lease, call.failed, call.delay, now));
      case StoreCall::Kind::kCancel:
        return model.Cancel() == call.status.ok();
      case StoreCall::Kind::kAdvance: {
        TaskLease before = *call.lease;
        if (call.status.ok() && !call.done) --before.task.slice;  // the store has moved it on
        return told(model.Advance(before, call.cursor, call.done, now));
      }
    }
    return false;
  }

  bool ExplainsAcquire(JobStoreModel& model, const std::vector<StoreCall>& calls, size_t index) const {
    const StoreCall& call = calls[index];
    if (call.lease && call.lease->task.phase == Phase::kClose) return model.done();
    std::set<uint64_t> touched;
    for (size_t i = 0; i < calls.size(); ++i) {
      if (i == index) continue;
      if (calls[i].lease) touched.insert(calls[i].lease->task.seq);
      if (calls[i].kind != StoreCall::Kind::kAcquire) continue;
      for (const JobStoreModel& before : models_) touched.merge(before.TasksOf(calls[i].worker));
    }
    const auto given = call.lease ? std::optional(call.lease->task.seq) : std::nullopt;
    return Same(model.Acquire(call.worker, kTtl, clock_->Now(), touched, given), call.lease);
  }

  static bool Same(const std::optional<TaskLease>& expected, const std::optional<TaskLease>& found) {
    if (!expected || !found) return expected.has_value() == found.has_value();
    return expected->task.phase == found->task.phase && expected->task.seq == found->task.seq &&
           expected->task.cursor == found->task.cursor && expected->task.slice == found->task.slice &&
           expected->task.attempts == found->task.attempts && expected->fence == found->fence &&
           expected->expires == found->expires && expected->epoch == found->epoch;
  }

  // Leases that may be used later, and that no fence was given twice.
  void Note(const std::vector<StoreCall>& calls) {
    for (const StoreCall& call : calls) {
      if (call.lease && call.lease->task.phase == Phase::kClose) continue;
      if (call.kind == StoreCall::Kind::kAcquire && call.lease) {
        EXPECT_TRUE(fences_.emplace(call.lease->task.seq, call.lease->fence).second)
            << "a task held twice under one fence";
        leases_.push_back(*call.lease);
      } else if (call.kind == StoreCall::Kind::kAdvance && call.status.ok()) {
        leases_.push_back(*call.lease);
      }
    }
  }

  std::string Describe(const std::vector<StoreCall>& calls) const {
    std::string text;
    for (const StoreCall& call : calls) {
      StrAppend(&text, "\n  call ", static_cast<int>(call.kind), " by ", call.worker, ": ", call.status.ToString());
      if (call.lease) {
        StrAppend(&text, ", task ", call.lease->task.seq, " slice ", call.lease->task.slice, " fence ",
                  call.lease->fence, " attempts ", call.lease->task.attempts, " epoch ", call.lease->epoch, " expires ",
                  call.lease->expires, call.done ? ", done" : "");
      }
    }
    return StrCat(text, "\n  now ", clock_->Now());
  }

  SimClock* const clock_;
  const std::string job_;
  std::vector<JobStoreModel> models_;  // what the store may be like: all that explains the calls so far
  Random random_;
  std::vector<TaskLease> leases_;
  std::set<std::pair<uint64_t, Fence>> fences_;
};

// Threads, each with a store of its own, that carry out calls together.
class StoreClients {
 public:
  explicit StoreClients(std::vector<JobStore*> stores)
      : start_(static_cast<ptrdiff_t>(stores.size()) + 1), end_(static_cast<ptrdiff_t>(stores.size()) + 1) {
    for (size_t i = 0; i < stores.size(); ++i) {
      threads_.emplace_back([this, i, store = stores[i]] {
        while (true) {
          start_.arrive_and_wait();
          if (calls_ == nullptr) return;
          ConcurrentHistory::Carry(*store, *job_, &(*calls_)[i]);
          end_.arrive_and_wait();
        }
      });
    }
  }
  ~StoreClients() {
    calls_ = nullptr;
    start_.arrive_and_wait();
    for (std::thread& thread : threads_) thread.join();
  }

  void Carry(const std::string& job, std::vector<StoreCall>* calls) {
    job_ = &job;
    calls_ = calls;
    start_.arrive_and_wait();
    end_.arrive_and_wait();
  }

 private:
  std::barrier<> start_, end_;
  const std::string* job_ = nullptr;
  std::vector<StoreCall>* calls_ = nullptr;
  std::vector<std::thread> threads_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_CONCURRENT_HISTORY_H_

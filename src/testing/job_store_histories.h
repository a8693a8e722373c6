// JobStoreSuite: random histories, which must agree with JobStoreModel.
#ifndef DATAHAUL_TESTING_JOB_STORE_HISTORIES_H_
#define DATAHAUL_TESTING_JOB_STORE_HISTORIES_H_

#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"
#include "base/text.h"
#include "testing/concurrent_history.h"
#include "testing/job_store_fixture.h"
#include "testing/job_store_model.h"

namespace datahaul {

class JobStoreHistory {
 public:
  JobStoreHistory(JobStore* store, SimClock* clock, std::string job, JobStoreModel model, uint64_t seed)
      : store_(store), clock_(clock), job_(std::move(job)), model_(std::move(model)), random_(seed) {}

  void Run() {
    for (int i = 0; i < 400 && !model_.done(); ++i) {
      clock_->Sleep(static_cast<Micros>(random_.Below(100)));
      leases_.empty() || random_.Below(3) == 0 ? Acquire() : Use();
      if (::testing::Test::HasFailure()) return;
    }
    const Job job = *store_->Get(job_);
    const bool scan = model_.phase() == Phase::kScan;
    const uint64_t counted = scan ? store_->Sketch(job_)->at({"", "A"}).records : job.counters.Total().read;
    EXPECT_EQ(counted, model_.advances()) << "an advance was lost or repeated";
    const Phase next = scan ? Phase::kSchema : Phase::kClose;
    EXPECT_EQ(job.phase, model_.done() ? next : model_.phase());
  }

 private:
  static constexpr Micros kTtl = 1000;

  void Acquire() {
    const std::string worker = StrCat("process", random_.Below(3), "/", random_.Below(2));
    const std::optional<TaskLease> expected = model_.Acquire(worker, kTtl, clock_->Now());
    const std::optional<TaskLease> lease = *store_->Acquire({job_, worker, kTtl});
    ASSERT_EQ(lease.has_value(), expected.has_value());
    if (!lease) return;
    EXPECT_EQ(lease->task.seq, expected->task.seq);
    EXPECT_EQ(lease->task.cursor, expected->task.cursor);
    EXPECT_EQ(lease->task.slice, expected->task.slice);
    EXPECT_EQ(lease->task.attempts, expected->task.attempts);
    EXPECT_EQ(lease->fence, expected->fence);
    EXPECT_EQ(lease->expires, expected->expires);
    EXPECT_EQ(lease->epoch, expected->epoch);
    EXPECT_TRUE(fences_.emplace(lease->task.seq, lease->fence).second) << "a task held twice under one fence";
    leases_.push_back(*lease);
  }

  // Any lease ever had, valid or not.
  void Use() {
    TaskLease& lease = leases_[random_.Below(leases_.size())];
    const Micros now = clock_->Now();
    JobStoreModel::Answer expected;
    switch (random_.Below(4)) {
      case 0:
        expected = model_.Renew(lease, kTtl, now);
        return Expect(expected, store_->Renew(&lease, kTtl));
      case 1: {
        const bool failed = random_.Below(2) == 0;
        const Micros delay = static_cast<Micros>(random_.Below(300));
        expected = model_.GiveBack(lease, failed, delay, now);
        return Expect(expected, store_->GiveBack(lease, failed, delay));
      }
      default: {
        Step step;
        step.cursor = StrCat(random_.Next());
        step.done = random_.Below(3) == 0;
        if (model_.phase() == Phase::kScan) {
          step.sketch[{"", "A"}].records = 1;
        } else {
          step.counters.kinds[{"", "A"}] = {1, 1, 0, 0};
        }
        expected = model_.Advance(lease, step.cursor, step.done, now);
        return Expect(expected, store_->Advance(&lease, step));
      }
    }
  }

  void Expect(JobStoreModel::Answer answer, const absl::Status& status) {
    const bool ok = answer == JobStoreModel::Answer::kOk;
    EXPECT_EQ(status.code(), ok ? absl::StatusCode::kOk : absl::StatusCode::kAborted) << status;
  }

  JobStore* const store_;
  SimClock* const clock_;
  const std::string job_;
  JobStoreModel model_;
  Random random_;
  std::vector<TaskLease> leases_;
  std::set<std::pair<uint64_t, Fence>> fences_;
};

TEST_P(JobStoreSuite, RandomHistoriesAgreeWithTheModel) {
  for (uint64_t seed = 0; seed < 100 && !HasFailure(); ++seed) {
    const bool ordered = seed % 2 == 0;
    const uint64_t tasks = 1 + seed % 7;
    JobStoreModel::Rules rules{Phase::kWrite, ordered, ordered};
    JobStoreHistory(store_.get(), &clock_, Planned(tasks, ordered), JobStoreModel(tasks, rules, "p"), seed).Run();
    rules.phase = Phase::kScan;
    const std::string job = PlannedWithSchema(tasks, 1, ordered);
    JobStoreHistory(store_.get(), &clock_, job, JobStoreModel(tasks, rules, "p"), seed).Run();
    EXPECT_FALSE(HasFailure()) << "seed " << seed;
  }
}

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr uint64_t kConcurrentHistories = 200;
#else
constexpr uint64_t kConcurrentHistories = 1000;
#endif

// DATAHAUL_HISTORIES=n runs so many; the test job_histories runs 10,000 on each store.
inline uint64_t ConcurrentHistories() {
  const char* wanted = std::getenv("DATAHAUL_HISTORIES");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : kConcurrentHistories;
}

TEST_P(JobStoreSuite, ConcurrentHistoriesAgreeWithTheModel) {
  constexpr int kClients = 3, kRounds = 6;
  SimClock clock;
  Stores stores = GetParam().open(&clock, [](std::string_view) { return false; }, kClients);
  store_ = std::move(stores[0]);
  StoreClients clients({store_.get(), stores[1].get(), stores[2].get()});
  for (uint64_t seed = 0; seed < ConcurrentHistories() && !HasFailure(); ++seed) {
    const bool ordered = seed % 4 == 0;
    const uint64_t tasks = 1 + seed % 4;
    JobStoreModel model(tasks, {Phase::kWrite, ordered, ordered}, "p");
    ConcurrentHistory history(&clock, Planned(tasks, ordered), std::move(model), seed);
    for (int round = 0; round < kRounds && !history.over(); ++round) {
      std::vector<StoreCall> calls = history.Draw(kClients);
      clients.Carry(history.job(), &calls);
      if (!history.Explain(calls)) break;
    }
    if (!HasFailure()) history.CheckEnd(*store_);
    EXPECT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_JOB_STORE_HISTORIES_H_

// JobStoreSuite: leases, their order, and the sums of what steps add.
#ifndef DATAHAUL_TESTING_JOB_STORE_LEASES_H_
#define DATAHAUL_TESTING_JOB_STORE_LEASES_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "testing/job_store_fixture.h"

namespace datahaul {

// ---- leases

TEST_P(JobStoreSuite, HandsOutTasksBySeqOnceEach) {
  const std::string job = Planned(3);
  EXPECT_EQ(Acquire(job, "p/0")->task.seq, 0u);
  EXPECT_EQ(Acquire(job, "q/0")->task.seq, 1u);
  EXPECT_EQ(Acquire(job, "p/1")->task.seq, 2u);
  EXPECT_FALSE(Acquire(job, "q/1"));
  EXPECT_FALSE(Acquire("", "q/1")) << "in any job";
  const std::string other = Submit();
  EXPECT_EQ(Acquire("", "q/1")->job, other);
}

TEST_P(JobStoreSuite, AWorkerHoldsOneLeaseOfAJob) {
  const std::string job = Planned(2);
  const std::optional<TaskLease> lost = Acquire(job, "p/0");  // say, the answer never came
  std::optional<TaskLease> again = Acquire(job, "p/0");
  EXPECT_EQ(again->task.seq, 0u);
  EXPECT_EQ(again->task.attempts, 0u);
  EXPECT_GT(again->fence, lost->fence);
}

TEST_P(JobStoreSuite, AnExpiredLeaseIsVoid) {
  const std::string job = Planned(1);
  std::optional<TaskLease> old = Acquire(job, "p/0");
  clock_.Sleep(kTtl - 1);
  ASSERT_EQ(store_->Renew(&*old, kTtl), absl::OkStatus());
  EXPECT_EQ(old->expires, clock_.Now() + kTtl);
  clock_.Sleep(kTtl - 1);
  EXPECT_FALSE(Acquire(job, "q/0"));
  clock_.Sleep(1);
  EXPECT_EQ(store_->Renew(&*old, kTtl).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(store_->Advance(&*old, Done()).code(), absl::StatusCode::kAborted);
  std::optional<TaskLease> lease = Acquire(job, "q/0");
  EXPECT_GT(lease->fence, old->fence);
  EXPECT_EQ(lease->task.attempts, 1u) << "deserted";
  EXPECT_EQ(store_->Renew(&*old, kTtl).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(store_->GiveBack(*old, true, 0).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(store_->Advance(&*old, Done()).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(store_->Advance(&*lease, Done()), absl::OkStatus());
  EXPECT_EQ(store_->Advance(&*lease, Done()).code(), absl::StatusCode::kAborted) << "it is done";
}

TEST_P(JobStoreSuite, AFailedTaskRestsAndCounts) {
  const std::string job = Planned(2);
  ASSERT_EQ(store_->GiveBack(*Acquire(job, "p/0"), true, 100), absl::OkStatus());
  EXPECT_EQ(Acquire(job, "p/0")->task.seq, 1u);
  EXPECT_FALSE(Acquire(job, "p/1"));
  clock_.Sleep(100);
  std::optional<TaskLease> lease = Acquire(job, "p/1");
  EXPECT_EQ(lease->task.seq, 0u);
  EXPECT_EQ(lease->task.attempts, 1u);
  ASSERT_EQ(store_->Advance(&*lease, Step()), absl::OkStatus());
  EXPECT_EQ(lease->task.attempts, 0u);
}

// ---- ordered jobs

TEST_P(JobStoreSuite, AnOrderedJobBelongsToOneProcess) {
  const std::string job = Planned(3, true);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  EXPECT_TRUE(Acquire(job, "p/1"));
  EXPECT_FALSE(Acquire(job, "q/0"));
  clock_.Sleep(kTtl);
  std::optional<TaskLease> taken = Acquire(job, "q/0");
  EXPECT_EQ(taken->task.seq, 0u);
  EXPECT_GT(taken->epoch, lease->epoch);
  EXPECT_FALSE(Acquire(job, "p/2"));
  EXPECT_EQ(Acquire(job, "q/1")->epoch, taken->epoch);
}

TEST_P(JobStoreSuite, APlanBelongsToOneProcess) {
  const std::string job = Submit();
  const std::optional<TaskLease> lease = Acquire(job, "p/0");
  ASSERT_EQ(store_->GiveBack(*lease, false, 0), absl::OkStatus());
  EXPECT_GT(Acquire(job, "q/0")->epoch, lease->epoch);
}

TEST_P(JobStoreSuite, ABackOffHoldsUpAnOrderedJob) {
  const std::string job = Planned(2, true);
  ASSERT_EQ(store_->GiveBack(*Acquire(job, "p/0"), true, 100), absl::OkStatus());
  EXPECT_FALSE(Acquire(job, "p/0"));
  clock_.Sleep(100);
  EXPECT_EQ(Acquire(job, "p/0")->task.seq, 0u);
}

TEST_P(JobStoreSuite, AnOrderedJobAdvancesInOrder) {
  const std::string job = Planned(2, true);
  std::optional<TaskLease> first = Acquire(job, "p/0"), second = Acquire(job, "p/1");
  EXPECT_EQ(store_->Advance(&*second, Step()).code(), absl::StatusCode::kAborted);
  ASSERT_EQ(store_->Advance(&*first, Step()), absl::OkStatus());
  EXPECT_EQ(store_->Advance(&*second, Step()).code(), absl::StatusCode::kAborted);
  ASSERT_EQ(store_->Advance(&*first, Done()), absl::OkStatus());
  EXPECT_EQ(store_->Advance(&*second, Step()), absl::OkStatus());
}

TEST_P(JobStoreSuite, ALeaseOfAnOrderedJobNamesTheOpenTaskBeforeIt) {
  const std::string job = Planned(3, true);
  std::optional<TaskLease> first = Acquire(job, "p/0"), second = Acquire(job, "p/1"), third = Acquire(job, "p/2");
  EXPECT_EQ(first->follows, std::nullopt);
  EXPECT_EQ(second->follows, 0u);
  EXPECT_EQ(third->follows, 1u);
  ASSERT_EQ(store_->Advance(&*first, Done()), absl::OkStatus());
  ASSERT_EQ(store_->GiveBack(*third, false, 0), absl::OkStatus());
  EXPECT_EQ(Acquire(job, "p/2")->follows, 1u);
  ASSERT_EQ(store_->GiveBack(*second, false, 0), absl::OkStatus());
  EXPECT_EQ(Acquire(job, "p/1")->follows, std::nullopt) << "the one before it is done";
}

TEST_P(JobStoreSuite, TheScanOfAnOrderedJobHasNoOrder) {
  const std::string job = Submit();
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  Step plan = PlanWithSchema(3, 1);
  plan.ordered = true;
  ASSERT_EQ(store_->Advance(&*lease, plan), absl::OkStatus());
  std::optional<TaskLease> first = Acquire(job, "p/0"), second = Acquire(job, "p/1");
  EXPECT_FALSE(Acquire(job, "q/0")) << "but one process";
  EXPECT_EQ(store_->Advance(&*second, Step()), absl::OkStatus());
  ASSERT_EQ(store_->GiveBack(*first, true, 100), absl::OkStatus());
  EXPECT_EQ(Acquire(job, "p/2")->task.seq, 2u) << "a back-off holds up nobody";
}

TEST_P(JobStoreSuite, TheScanOfALimitedJobIsInOrder) {
  const std::string job = PlannedWithSchema(3, 1, true);
  std::optional<TaskLease> first = Acquire(job, "p/0"), second = Acquire(job, "p/1");
  EXPECT_FALSE(Acquire(job, "q/0"));
  EXPECT_EQ(store_->Advance(&*second, Step()).code(), absl::StatusCode::kAborted);
  ASSERT_EQ(store_->GiveBack(*first, true, 100), absl::OkStatus());
  EXPECT_FALSE(Acquire(job, "p/0"));
  clock_.Sleep(100);
  first = Acquire(job, "p/0");
  EXPECT_EQ(first->task.seq, 0u);
  Step step = Done();
  step.ends_phase = true;
  ASSERT_EQ(store_->Advance(&*first, step), absl::OkStatus());
  EXPECT_EQ(store_->Advance(&*second, Step()).code(), absl::StatusCode::kAborted) << "not needed any more";
  EXPECT_EQ(store_->Get(job)->shards_done, 0u);
  EXPECT_EQ(Acquire(job, "p/0")->task.phase, Phase::kSchema);
}

// ---- sums

TEST_P(JobStoreSuite, AddsUpCountersAndDigests) {
  const std::string job = Planned(1);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  Step step;
  const KindName a{"", "A"}, b{"n", std::string("B\0\xFE", 3)};
  step.counters.kinds = {{a, {4, 1, 2, 1}}, {b, {~uint64_t{0} - 9, 0, 0, 0}}};
  step.counters.named = {{"bytes_in", 100}};
  step.digests = {{a, {1, {~uint64_t{0}, 1}}}, {b, {2, {5, ~uint64_t{0}}}}};
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  step.counters.kinds.erase(b);
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  const Job now = *store_->Get(job);
  EXPECT_EQ(now.counters.kinds.at(a), (Tally{8, 2, 4, 2}));
  EXPECT_EQ(now.counters.kinds.at(b).read, ~uint64_t{0} - 9);
  EXPECT_EQ(now.counters.named.at("bytes_in"), 200u);
  EXPECT_EQ(now.digests.at(a), (KindDigest{2, {~uint64_t{0} - 1, 3}})) << "the carry";
  EXPECT_EQ(now.digests.at(b), (KindDigest{4, {10, ~uint64_t{0} - 1}})) << "modulo 2^128";
}

TEST_P(JobStoreSuite, JoinsExtentsInWhateverOrderTheyCome) {
  const std::string job = Planned(1);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  for (const auto& [offset, length] :
       std::vector<std::pair<uint64_t, uint64_t>>{{10, 5}, {30, 1}, {0, 10}, {20, 10}, {15, 5}}) {
    ASSERT_EQ(store_->Advance(&*lease, Wrote({Piece("a", offset, length), Piece("b", 100 + offset, length)})),
              absl::OkStatus());
  }
  const std::vector<Extent> committed = *store_->Committed(job);
  ASSERT_EQ(committed.size(), 2u);
  EXPECT_EQ(committed[0].object, "a");
  EXPECT_EQ(committed[0].offset, 0u);
  EXPECT_EQ(committed[0].length, 31u);
  EXPECT_EQ(committed[0].records, 5u);
  EXPECT_EQ(committed[0].kind, "k");
  EXPECT_FALSE(committed[0].mixed);
  EXPECT_EQ(committed[1].offset, 100u);
}

TEST_P(JobStoreSuite, RefusesReceiptsForTheSameBytesWholly) {
  const std::string job = Planned(1);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  ASSERT_EQ(store_->Advance(&*lease, Wrote({Piece("a", 10, 10)})), absl::OkStatus());
  for (const auto& [offset, length] :
       std::vector<std::pair<uint64_t, uint64_t>>{{10, 10}, {19, 1}, {0, 11}, {12, 3}, {5, 30}}) {
    Step step = Wrote({Piece("b", 0, 1), Piece("a", offset, length)});
    step.counters.named["bytes_in"] = 1;
    EXPECT_EQ(store_->Advance(&*lease, step).code(), absl::StatusCode::kInternal) << offset;
  }
  EXPECT_EQ(store_->Committed(job)->size(), 1u);
  EXPECT_TRUE(store_->Get(job)->counters.named.empty()) << "all or nothing";
  EXPECT_EQ(lease->task.slice, 1u);
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_JOB_STORE_LEASES_H_

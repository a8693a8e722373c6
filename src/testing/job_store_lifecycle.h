// JobStoreSuite: how jobs end and go on, and how workers share them.
#ifndef DATAHAUL_TESTING_JOB_STORE_LIFECYCLE_H_
#define DATAHAUL_TESTING_JOB_STORE_LIFECYCLE_H_

#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "base/status.h"
#include "testing/job_store_fixture.h"

namespace datahaul {

// ---- lifecycle

TEST_P(JobStoreSuite, CancellationReachesTheWorker) {
  const std::string job = Planned(1);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  ASSERT_EQ(store_->Cancel(job), absl::OkStatus());
  EXPECT_TRUE(store_->Get(job)->cancel_requested);
  EXPECT_EQ(store_->Renew(&*lease, kTtl).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(store_->Advance(&*lease, Done()).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(store_->Get(job)->shards_done, 0u);
  ASSERT_EQ(store_->Finish(job, "p", JobState::kCancelled, absl::OkStatus()), absl::OkStatus());
  EXPECT_EQ(store_->Get(job)->state, JobState::kCancelled);
  EXPECT_FALSE(store_->Cancel(job).ok());
}

TEST_P(JobStoreSuite, WhatIsPublishedIsNotCancelled) {
  const std::string job = Planned(0);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  ASSERT_EQ(store_->Cancel(job), absl::OkStatus());
  EXPECT_EQ(store_->Advance(&*lease, Done()), absl::OkStatus());
  EXPECT_EQ(store_->Get(job)->state, JobState::kSucceeded);
}

TEST_P(JobStoreSuite, FinishVoidsLeasesAndKeepsTheReason) {
  const std::string job = Planned(2);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  ASSERT_EQ(store_->Finish(job, "p", JobState::kInterrupted, HumanError("disk full")), absl::OkStatus());
  EXPECT_EQ(store_->Advance(&*lease, Step()).code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(Acquire(job, "p/0")) << "parked";
  const Job now = *store_->Get(job);
  EXPECT_EQ(now.state, JobState::kInterrupted);
  EXPECT_EQ(now.error, "disk full");
  EXPECT_EQ(now.error_retry, static_cast<uint8_t>(Retry::kHuman));
  EXPECT_EQ(store_->Finish(job, "p", JobState::kInterrupted, HumanError("later")).code(), absl::StatusCode::kAborted);
  ASSERT_EQ(store_->Finish(job, "p", JobState::kFailed, DataError("bad")), absl::OkStatus());
  EXPECT_EQ(store_->Finish(job, "p", JobState::kCancelled, absl::OkStatus()).code(), absl::StatusCode::kAborted);
}

TEST_P(JobStoreSuite, WhoWasOvertakenDoesNotFinishAJob) {
  const std::string job = Planned(1, true);
  (void)Acquire(job, "p/0");
  clock_.Sleep(kTtl);
  std::optional<TaskLease> lease = Acquire(job, "q/0");
  EXPECT_EQ(store_->Finish(job, "p", JobState::kFailed, DataError("bad")).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(store_->Advance(&*lease, Done()), absl::OkStatus());
}

TEST_P(JobStoreSuite, ResumeForgivesAttempts) {
  const std::string job = Planned(1);
  ASSERT_EQ(store_->GiveBack(*Acquire(job, "p/0"), true, 1'000'000), absl::OkStatus());
  ASSERT_EQ(store_->Finish(job, "p", JobState::kInterrupted, absl::UnavailableError("down")), absl::OkStatus());
  ASSERT_EQ(store_->Resume(job), absl::OkStatus());
  const Job now = *store_->Get(job);
  EXPECT_EQ(now.state, JobState::kQueued);
  EXPECT_EQ(now.error, "");
  EXPECT_EQ(Acquire(job, "q/0")->task.attempts, 0u);
}

TEST_P(JobStoreSuite, ResumeTellsTheLivingFromTheDead) {
  const std::string job = Planned(2, true);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  const absl::Status alive = store_->Resume(job);
  EXPECT_EQ(RetryOf(alive), Retry::kHuman);
  EXPECT_NE(Message(alive).find("process p "), std::string_view::npos) << alive;
  EXPECT_EQ(store_->Renew(&*lease, kTtl), absl::OkStatus());
  gone_.insert("p");
  ASSERT_EQ(store_->Resume(job), absl::OkStatus());
  EXPECT_EQ(Acquire(job, "q/0")->task.seq, 0u) << "at once, without waiting for the lease to expire";
  EXPECT_EQ(store_->Advance(&*lease, Step()).code(), absl::StatusCode::kAborted);
}

TEST_P(JobStoreSuite, ReclaimingCountsAttempts) {
  const std::string job = Planned(2, true);
  ASSERT_TRUE(Acquire(job, "p/0"));
  EXPECT_EQ(RetryOf(store_->Reclaim(job)), Retry::kHuman);
  gone_.insert("p");
  ASSERT_EQ(store_->Reclaim(job), absl::OkStatus());
  ASSERT_EQ(store_->Reclaim(job), absl::OkStatus());
  EXPECT_EQ(store_->Get(job)->state, JobState::kRunning);
  EXPECT_EQ(Acquire(job, "q/0")->task.attempts, 1u);
  EXPECT_EQ(Acquire(job, "q/1")->task.attempts, 0u);
}

TEST_P(JobStoreSuite, OnlyJobsThatAreOverAreRemovedAndOnlyOthersResumed) {
  const std::string job = Planned(1);
  EXPECT_FALSE(store_->Remove(job).ok());
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  ASSERT_EQ(store_->Finish(job, "p", JobState::kFailed, DataError("bad")), absl::OkStatus());
  EXPECT_EQ(RetryOf(store_->Resume(job)), Retry::kHuman);
  ASSERT_EQ(store_->Remove(job), absl::OkStatus());
  EXPECT_EQ(store_->Get(job).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->Advance(&*lease, Step()).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(store_->Remove(job).code(), absl::StatusCode::kNotFound);
}

// ---- workers

TEST_P(JobStoreSuite, ChoosesTheJobThatFewestWorkOnAndAmongEqualsInTurns) {
  JobSpec spec = Spec();
  spec.queue = "q";
  const std::string a = *store_->Submit(spec, ""), b = *store_->Submit(spec, "");
  spec.queue = "other";
  const std::string elsewhere = *store_->Submit(spec, "");
  const std::string unqueued = Submit();
  ChooseOptions choice;
  choice.queues = {"q"};
  EXPECT_EQ(*store_->Choose(choice), a);
  clock_.Sleep(1);
  EXPECT_EQ(*store_->Choose(choice), b);
  clock_.Sleep(1);
  choice.serve = false;
  EXPECT_EQ(*store_->Choose(choice), a);
  EXPECT_EQ(*store_->Choose(choice), a) << "it only asked";
  choice.except = {a};
  EXPECT_EQ(*store_->Choose(choice), b);
  choice.except = {};
  ASSERT_TRUE(Acquire(a, "p/0"));
  EXPECT_EQ(*store_->Choose(choice), b) << "planning belongs to one";
  ASSERT_TRUE(Acquire(b, "p/1"));
  EXPECT_EQ(*store_->Choose(choice), std::nullopt);
  choice.queues = {"none", "other"};
  EXPECT_EQ(*store_->Choose(choice), elsewhere);
}

TEST_P(JobStoreSuite, ASharedJobIsChosenAfterThoseThatNobodyWorksOn) {
  JobSpec spec = Spec();
  spec.queue = "q";
  const std::string shared = *store_->Submit(spec, "");
  std::optional<TaskLease> lease = Acquire(shared, "p/0");
  ASSERT_EQ(store_->Advance(&*lease, PlanOf(2, false)), absl::OkStatus());
  ASSERT_TRUE(Acquire(shared, "p/0"));
  ChooseOptions choice;
  choice.queues = {"q"};
  choice.serve = false;
  EXPECT_EQ(*store_->Choose(choice), shared);
  const std::string idle = *store_->Submit(spec, "");
  EXPECT_EQ(*store_->Choose(choice), idle);
  choice.except = {idle};
  ASSERT_TRUE(Acquire(shared, "q/0"));
  EXPECT_EQ(*store_->Choose(choice), std::nullopt) << "it has no task left";
  clock_.Sleep(kTtl);
  EXPECT_EQ(*store_->Choose(choice), shared);
}

TEST_P(JobStoreSuite, JobsOfAnotherHostArePassedBy) {
  JobSpec spec = Spec();
  spec.queue = "q";
  spec.host = "there";
  const std::string job = *store_->Submit(spec, "");
  EXPECT_EQ(store_->Get(job)->spec.host, "there");
  ChooseOptions choice;
  choice.queues = {"q"};
  choice.host = "here";
  EXPECT_EQ(*store_->Choose(choice), std::nullopt);
  choice.host = "there";
  EXPECT_EQ(*store_->Choose(choice), job);
}

TEST_P(JobStoreSuite, OneVersionOfTheProgramAtATime) {
  const std::string job = Planned(4);
  std::optional<TaskLease> old = *store_->Acquire({job, "p/0", kTtl, "1.0"});
  ASSERT_TRUE(old);
  EXPECT_FALSE(*store_->Acquire({job, "q/0", kTtl, "2.0"}));
  EXPECT_TRUE(*store_->Acquire({job, "r/0", kTtl, "1.0"}));
  clock_.Sleep(kTtl);
  EXPECT_TRUE(*store_->Acquire({job, "q/0", kTtl, "2.0"})) << "the others are gone";
  EXPECT_FALSE(*store_->Acquire({job, "r/0", kTtl, "1.0"}));
}

TEST_P(JobStoreSuite, LimitsTheTasksOfAJobAndOfAQueue) {
  JobSpec spec = Spec();
  spec.queue = "q";
  spec.most_leases = 2;
  const std::string limited = *store_->Submit(spec, "");
  spec.most_leases = 0;
  const std::string other = *store_->Submit(spec, "");
  for (const std::string& job : {limited, other}) {
    std::optional<TaskLease> lease = Acquire(job, "p/0");
    ASSERT_EQ(store_->Advance(&*lease, PlanOf(5, false)), absl::OkStatus());
  }
  ASSERT_EQ(store_->LimitQueue("q", 3), absl::OkStatus());
  EXPECT_TRUE(Acquire(limited, "p/0"));
  EXPECT_TRUE(Acquire(limited, "q/0"));
  EXPECT_FALSE(Acquire(limited, "q/1")) << "the job's limit";
  EXPECT_TRUE(Acquire(other, "p/1"));
  EXPECT_FALSE(Acquire(other, "q/1")) << "the queue's limit";
  ASSERT_EQ(store_->LimitQueue("q", 4), absl::OkStatus());
  EXPECT_TRUE(Acquire(other, "q/1"));
  ASSERT_EQ(store_->LimitQueue("q", 0), absl::OkStatus());
  EXPECT_TRUE(Acquire(other, "q/2"));
  clock_.Sleep(kTtl);
  EXPECT_TRUE(Acquire(limited, "q/1")) << "expired leases do not count";
}

TEST_P(JobStoreSuite, AStepOfAnotherSliceIsStale) {
  const std::string job = Planned(1);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  TaskLease before = *lease;
  ASSERT_EQ(store_->Advance(&*lease, Step()), absl::OkStatus());
  EXPECT_EQ(store_->Advance(&before, Step()).code(), absl::StatusCode::kAborted) << "twice the same";
  EXPECT_EQ(store_->Advance(&*lease, Step()), absl::OkStatus());
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_JOB_STORE_LIFECYCLE_H_

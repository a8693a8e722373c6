// What every JobStore must do. A store's test includes this and says
//
//   INSTANTIATE_TEST_SUITE_P(MyStore, JobStoreSuite, ::testing::Values(JobStoreUnderTest{"MyStore", &OpenMyStore}));
//
// in one file of a test program.
#ifndef DATAHAUL_TESTING_JOB_STORE_SUITE_H_
#define DATAHAUL_TESTING_JOB_STORE_SUITE_H_

#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "job/job_store.h"
#include "testing/concurrent_history.h"
#include "testing/job_store_model.h"
#include "testing/sim_clock.h"

namespace datahaul {

using IsGone = std::function<bool(std::string_view process)>;

using Stores = std::vector<std::unique_ptr<JobStore>>;

struct JobStoreUnderTest {
  std::string name;
  // An empty store, opened as often as `count` says.
  std::function<Stores(Clock* clock, const IsGone& is_gone, int count)> open;
};

class JobStoreSuite : public ::testing::TestWithParam<JobStoreUnderTest> {
 protected:
  static constexpr Micros kTtl = 1000;

  JobStoreSuite() {
    Stores stores =
        GetParam().open(&clock_, [this](std::string_view process) { return gone_.contains(std::string(process)); }, 1);
    store_ = std::move(stores[0]);
  }

  static JobSpec Spec() {
    JobSpec spec;
    spec.source = "memory:source";
    spec.sink = "memory:sink";
    return spec;
  }

  std::string Submit() { return *store_->Submit(Spec(), ""); }

  std::optional<TaskLease> Acquire(const std::string& job, const std::string& worker) {
    absl::StatusOr<std::optional<TaskLease>> lease = store_->Acquire({job, worker, kTtl});
    EXPECT_TRUE(lease.ok()) << lease.status();
    return lease.ok() ? *lease : std::nullopt;
  }

  static Step Done() {
    Step step;
    step.done = true;
    return step;
  }

  static Step PlanOf(uint64_t tasks, bool ordered) {
    Step plan = Done();
    plan.ordered = ordered;
    plan.snapshot.emplace();
    for (uint64_t seq = 0; seq < tasks; ++seq) {
      plan.children.push_back({.seq = seq, .phase = Phase::kWrite, .partition = {"ns", StrCat("range", seq), 10}});
    }
    return plan;
  }

  // As above, with `scans` scan tasks and the schema task before it.
  static Step PlanWithSchema(uint64_t scans, uint64_t tasks, bool limited = false) {
    Step plan = PlanOf(tasks, limited);
    plan.ordered_scan = limited;
    for (uint64_t seq = 0; seq < scans; ++seq) {
      plan.children.push_back({.seq = seq, .phase = Phase::kScan, .partition = {"ns", StrCat("scan", seq), 10}});
    }
    plan.children.push_back({.phase = Phase::kSchema});
    return plan;
  }

  std::string PlannedWithSchema(uint64_t scans, uint64_t tasks, bool limited = false) {
    const std::string job = Submit();
    std::optional<TaskLease> lease = Acquire(job, "p/0");
    EXPECT_EQ(store_->Advance(&*lease, PlanWithSchema(scans, tasks, limited)), absl::OkStatus());
    return job;
  }

  static KindSketch SketchOf(uint64_t records) {
    KindSketch sketch;
    sketch.records = records;
    sketch.keys = {0, records, 0};
    return sketch;
  }

  // A job with `tasks` write tasks, planned by "p/0".
  std::string Planned(uint64_t tasks, bool ordered = false) {
    const std::string job = Submit();
    std::optional<TaskLease> lease = Acquire(job, "p/0");
    EXPECT_EQ(store_->Advance(&*lease, PlanOf(tasks, ordered)), absl::OkStatus());
    return job;
  }

  static Extent Piece(const std::string& object, uint64_t offset, uint64_t length) {
    return {.object = object, .ns = "n", .kind = "k", .offset = offset, .length = length, .records = 1};
  }

  static Step Wrote(std::vector<Extent> extents) {
    Step step;
    step.receipt.emplace();
    step.receipt->extents = std::move(extents);
    return step;
  }

  SimClock clock_;
  std::set<std::string> gone_;
  std::unique_ptr<JobStore> store_;
};

// ---- jobs

TEST_P(JobStoreSuite, KeepsWhatWasSubmitted) {
  JobSpec spec = Spec();
  spec.options = {{"format", "ndjson"}, {"strange", std::string("a\0\xFF\n", 4)}, {"empty", ""}};
  spec.selection.kinds = {"Order", ""};
  spec.selection.namespaces = {""};
  spec.selection.limit = 0;
  spec.max_rejects = 7;
  spec.command = "copy 'a b' c";
  const Job job = *store_->Get(*store_->Submit(spec, ""));
  EXPECT_EQ(job.spec.source, spec.source);
  EXPECT_EQ(job.spec.sink, spec.sink);
  EXPECT_EQ(job.spec.options, spec.options);
  EXPECT_EQ(job.spec.selection, spec.selection);
  EXPECT_EQ(job.spec.max_rejects, 7u);
  EXPECT_EQ(job.spec.command, spec.command);
  EXPECT_EQ(job.state, JobState::kQueued);
  EXPECT_EQ(job.phase, Phase::kPlan);
  EXPECT_EQ(job.created, clock_.Now());
}

TEST_P(JobStoreSuite, SameRequestIsTheSameJob) {
  const std::string a = *store_->Submit(Spec(), "request-1");
  EXPECT_EQ(*store_->Submit(Spec(), "request-1"), a);
  EXPECT_NE(*store_->Submit(Spec(), "request-2"), a);
  EXPECT_NE(*store_->Submit(Spec(), ""), *store_->Submit(Spec(), ""));
}

TEST_P(JobStoreSuite, FindsJobsByTheBeginningOfTheirIds) {
  const std::string a = Submit();
  clock_.Sleep(86'400'000'000);
  const std::string b = Submit();
  EXPECT_EQ(store_->Get(a.substr(0, 8))->id, a);
  EXPECT_EQ(store_->Get(b)->id, b);
  EXPECT_EQ(store_->Get("20").status().code(), absl::StatusCode::kInvalidArgument);
  for (const char* unknown : {"", "nobody", "%"}) {
    const absl::Status status = store_->Get(unknown).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_NE(Message(status).find("jobs list"), std::string_view::npos) << status;
  }
}

TEST_P(JobStoreSuite, ListsNewestFirstWithTotals) {
  const std::string a = Planned(1), b = Submit();
  Step step = Done();
  step.counters.kinds = {{{"", "A"}, {3, 2, 1, 0}}, {{"n", "B"}, {10, 10, 0, 0}}};
  step.counters.named["bytes_in"] = 5;
  std::optional<TaskLease> lease = Acquire(a, "p/0");
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  const std::vector<Job> jobs = *store_->List();
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs[0].id, b);
  EXPECT_EQ(jobs[1].id, a);
  EXPECT_EQ(jobs[1].counters.kinds.size(), 1u);
  EXPECT_EQ(jobs[1].counters.Total(), (Tally{13, 12, 1, 0}));
  EXPECT_EQ(jobs[1].counters.named.at("bytes_in"), 5u);
  EXPECT_EQ(jobs[0].counters.Total(), Tally());
}

// ---- phases

TEST_P(JobStoreSuite, WalksThroughThePhases) {
  const std::string job = Submit();
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->task.phase, Phase::kPlan);
  EXPECT_EQ(store_->Get(job)->state, JobState::kRunning);
  Step plan = PlanOf(2, false);
  plan.snapshot = Snapshot{.state = "state",
                           .objects = 3,
                           .bytes = 1000,
                           .records = 42,
                           .payload_bytes = 900,
                           .kinds = {{"", "A"}, {"n", std::string("B\0", 2)}},
                           .notes = {"a note"}};
  ASSERT_EQ(store_->Advance(&*lease, plan), absl::OkStatus());
  Job now = *store_->Get(job);
  EXPECT_EQ(now.phase, Phase::kWrite);
  EXPECT_EQ(now.shards, 2u);
  EXPECT_EQ(now.bytes_total, 1000u);
  EXPECT_EQ(now.snapshot.state, "state");
  EXPECT_EQ(now.snapshot.objects, 3u);
  EXPECT_EQ(now.snapshot.records, 42u);
  EXPECT_EQ(now.snapshot.payload_bytes, 900u);
  EXPECT_EQ(now.snapshot.kinds, plan.snapshot->kinds);
  EXPECT_EQ(now.snapshot.notes, std::vector<std::string>{"a note"});

  std::optional<TaskLease> first = Acquire(job, "p/0"), second = Acquire(job, "p/1");
  EXPECT_EQ(first->task.partition.range, "range0");
  EXPECT_EQ(first->task.partition.ns, "ns");
  EXPECT_EQ(first->task.partition.bytes, 10u);
  ASSERT_EQ(store_->Advance(&*second, Done()), absl::OkStatus());
  EXPECT_EQ(store_->Get(job)->shards_done, 1u);
  EXPECT_FALSE(Acquire(job, "p/1")) << "closing before all is written";
  ASSERT_EQ(store_->Advance(&*first, Done()), absl::OkStatus());
  EXPECT_EQ(store_->Get(job)->phase, Phase::kClose);

  lease = Acquire(job, "p/0");
  EXPECT_EQ(lease->task.phase, Phase::kClose);
  EXPECT_FALSE(Acquire(job, "p/1"));
  Step close = Done();
  close.snapshot = plan.snapshot;
  close.snapshot->notes.push_back("another");
  clock_.Sleep(5);
  ASSERT_EQ(store_->Advance(&*lease, close), absl::OkStatus());
  now = *store_->Get(job);
  EXPECT_EQ(now.state, JobState::kSucceeded);
  EXPECT_EQ(now.finished, clock_.Now());
  EXPECT_EQ(now.snapshot.notes.size(), 2u);
  EXPECT_EQ(now.shards, 2u) << "closing does not plan";
  EXPECT_FALSE(Acquire(job, "p/0"));
}

TEST_P(JobStoreSuite, AnEmptyPlanGoesStraightToClosing) {
  const std::string job = Planned(0);
  EXPECT_EQ(Acquire(job, "p/0")->task.phase, Phase::kClose);
}

TEST_P(JobStoreSuite, ASchemaIsPlannedBetweenPlanAndWrite) {
  const std::string job = PlannedWithSchema(2, 1);
  EXPECT_EQ(store_->Get(job)->phase, Phase::kScan);
  EXPECT_EQ(store_->Get(job)->shards, 1u) << "scanning is not counted in shards";
  std::optional<TaskLease> first = Acquire(job, "p/0"), second = Acquire(job, "q/0");
  EXPECT_EQ(first->task.phase, Phase::kScan);
  EXPECT_EQ(first->task.partition.range, "scan0");
  EXPECT_EQ(second->task.partition.range, "scan1");
  ASSERT_EQ(store_->Advance(&*second, Done()), absl::OkStatus());
  EXPECT_FALSE(Acquire(job, "q/0")) << "planned before all is scanned";
  ASSERT_EQ(store_->Advance(&*first, Done()), absl::OkStatus());
  EXPECT_EQ(store_->Get(job)->shards_done, 0u);

  std::optional<TaskLease> lease = Acquire(job, "p/0");
  EXPECT_EQ(lease->task.phase, Phase::kSchema);
  EXPECT_FALSE(Acquire(job, "q/0"));
  EXPECT_FALSE(store_->Get(job)->schema);
  Step step = Done();
  step.schema.emplace();
  step.schema->kinds[{"n", "A"}].columns.push_back({.name = "total", .field = "total!", .type = ColumnType::kInt});
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  EXPECT_EQ(store_->Get(job)->schema, step.schema);
  EXPECT_FALSE(store_->List()->front().schema);
  EXPECT_EQ(Acquire(job, "p/0")->task.phase, Phase::kWrite);
}

TEST_P(JobStoreSuite, AnEmptySourceHasASchemaAllTheSame) {
  const std::string job = PlannedWithSchema(0, 0);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  EXPECT_EQ(lease->task.phase, Phase::kSchema);
  Step step = Done();
  step.schema.emplace();
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  EXPECT_EQ(store_->Get(job)->schema, Schema());
  EXPECT_EQ(Acquire(job, "p/0")->task.phase, Phase::kClose);
}

TEST_P(JobStoreSuite, MergesSketchesUntilThereIsASchema) {
  const std::string job = PlannedWithSchema(1, 1), other = PlannedWithSchema(1, 1);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  const KindName a{"", "A"}, b{"n", std::string("B\0\xFE", 3)};
  Step step;
  step.sketch[a] = SketchOf(3);
  step.counters.named["scanned_bytes"] = 7;
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  step.sketch[b] = SketchOf(5);
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  const SchemaSketch sketch = *store_->Sketch(job);
  ASSERT_EQ(sketch.size(), 2u);
  EXPECT_EQ(Encode(sketch.at(a)), Encode(SketchOf(6)));
  EXPECT_EQ(Encode(sketch.at(b)), Encode(SketchOf(5)));
  EXPECT_EQ(store_->Get(job)->counters.named.at("scanned_bytes"), 14u);
  EXPECT_TRUE(store_->Get(job)->counters.kinds.empty());
  EXPECT_TRUE(store_->Sketch(other)->empty());

  TaskLease stale = *lease;
  stale.fence = 0;
  EXPECT_EQ(store_->Advance(&stale, step).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Encode(store_->Sketch(job)->at(b)), Encode(SketchOf(5))) << "all or nothing";

  ASSERT_EQ(store_->Advance(&*lease, Done()), absl::OkStatus());
  lease = Acquire(job, "p/0");
  Step schema = Done();
  schema.schema.emplace();
  ASSERT_EQ(store_->Advance(&*lease, schema), absl::OkStatus());
  EXPECT_TRUE(store_->Sketch(job)->empty());
}

TEST_P(JobStoreSuite, AStepCanEndThePhase) {
  const std::string job = Planned(5, true);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  Step step = Done();
  step.ends_phase = true;
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  EXPECT_EQ(store_->Get(job)->shards_done, 5u);
  EXPECT_EQ(Acquire(job, "p/0")->task.phase, Phase::kClose);
}

TEST_P(JobStoreSuite, AdvancingMovesTheTaskOn) {
  const std::string job = Planned(1);
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  Step step;
  step.cursor = std::string("at\0 7", 5);
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  EXPECT_EQ(lease->task.cursor, step.cursor);
  EXPECT_EQ(lease->task.slice, 1u);
  ASSERT_EQ(store_->GiveBack(*lease, false, 0), absl::OkStatus());
  lease = Acquire(job, "q/0");
  EXPECT_EQ(lease->task.cursor, step.cursor);
  EXPECT_EQ(lease->task.slice, 1u);
}

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

// ---- random histories against the model

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

// DATAHAUL_HISTORIES=n runs so many; the test job_histories runs 5,000 on each store.
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

#endif  // DATAHAUL_TESTING_JOB_STORE_SUITE_H_

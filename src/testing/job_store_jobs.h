// JobStoreSuite: jobs, and the phases they go through.
#ifndef DATAHAUL_TESTING_JOB_STORE_JOBS_H_
#define DATAHAUL_TESTING_JOB_STORE_JOBS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"
#include "testing/job_store_fixture.h"

namespace datahaul {

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

TEST_P(JobStoreSuite, AfterASpoolReceiptsBeginAnew) {
  const std::string job = PlannedWithSchema(1, 0);
  const KindName name{"n", "A"};
  std::optional<TaskLease> lease = Acquire(job, "p/0");
  Step step = Wrote({Piece("spool", 0, 10)});
  step.counters.kinds[name] = {.read = 3, .written = 0, .filtered = 1, .rejected = 1};
  step.counters.named["spooled_bytes"] = 10;
  step.digests[name] = {1, {5, 6}};
  step.done = true;
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  EXPECT_EQ(store_->Committed(job)->size(), 1u);

  lease = Acquire(job, "p/0");
  Step schema = Done();
  schema.schema.emplace();
  schema.drops_receipts = true;
  schema.snapshot.emplace();
  schema.snapshot->spool = Snapshot::Spool::kWhole;
  schema.snapshot->spooled = {{name, {1, {5, ~uint64_t{0}}}}, {{"", std::string("B\0\xFE", 3)}, {}}};
  for (uint64_t seq = 0; seq < 2; ++seq) schema.children.push_back({.seq = seq, .phase = Phase::kWrite});
  ASSERT_EQ(store_->Advance(&*lease, schema), absl::OkStatus());
  Job now = *store_->Get(job);
  EXPECT_EQ(now.phase, Phase::kWrite);
  EXPECT_EQ(now.shards, 2u);
  EXPECT_EQ(now.snapshot.spool, Snapshot::Spool::kWhole);
  EXPECT_EQ(now.snapshot.spooled, schema.snapshot->spooled);
  EXPECT_TRUE(store_->Committed(job)->empty());
  EXPECT_TRUE(now.digests.empty());
  EXPECT_EQ(now.counters.kinds.at(name), (Tally{3, 0, 1, 1})) << "what was read stays counted";
  EXPECT_EQ(now.counters.named.at("spooled_bytes"), 10u);

  lease = Acquire(job, "p/0");
  step = Wrote({Piece("spool", 0, 4)});
  step.digests[name] = {1, {7, 8}};
  ASSERT_EQ(store_->Advance(&*lease, step), absl::OkStatus());
  EXPECT_EQ(store_->Get(job)->digests.at(name), (KindDigest{1, {7, 8}}));
  EXPECT_EQ(store_->Committed(job)->front().length, 4u);
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

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_JOB_STORE_JOBS_H_

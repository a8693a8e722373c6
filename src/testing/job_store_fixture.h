// What the tests of JobStoreSuite start from.
#ifndef DATAHAUL_TESTING_JOB_STORE_FIXTURE_H_
#define DATAHAUL_TESTING_JOB_STORE_FIXTURE_H_

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/text.h"
#include "job/job_store.h"
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

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_JOB_STORE_FIXTURE_H_

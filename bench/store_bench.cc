// Tasks leased and advanced by many workers, and what a slice of one second costs beyond that second:
//
//   store_bench STORE WORKERS SECONDS     prints "tasks_per_second N"
//   store_bench STORE WORKERS slices N    prints "seconds N": of so many one-second slices for each worker
//
// STORE is a file for SQLite, or a PostgreSQL URL. Each worker is a thread with a process'
// name of its own; a step carries what a slice of one kind does: an extent, a tally, a digest, two counters.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/text.h"
#include "job/job_store.h"
#include "job/postgres_job_store.h"
#include "job/sqlite_job_store.h"

namespace datahaul {
namespace {

constexpr Micros kLease = 30'000'000;

template <typename T>
T Check(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "store_bench: %s\n", result.status().ToString().c_str());
  std::exit(1);
}

void Check(const absl::Status& status) { Check(status.ok() ? absl::StatusOr<int>(0) : absl::StatusOr<int>(status)); }

std::unique_ptr<JobStore> Open(const std::string& store) {
  if (!IsPostgresUrl(store)) return Check(OpenSqliteJobStore(store, &Clock::Real()));
  Check(MigratePostgresJobStore(store));
  return Check(OpenPostgresJobStore(store));
}

std::string PlanJob(JobStore& store, uint64_t tasks) {
  const std::string job = Check(store.Submit({.source = "bench", .sink = "bench"}, ""));
  TaskLease lease = *Check(store.Acquire({job, "planner/0", kLease}));
  Step plan;
  plan.done = true;
  plan.snapshot.emplace();
  for (uint64_t seq = 0; seq < tasks; ++seq) plan.children.push_back({.seq = seq, .phase = Phase::kWrite});
  Check(store.Advance(&lease, plan));
  return job;
}

Step StepOf(const TaskLease& lease, bool done) {
  Step step;
  step.done = done;
  step.cursor = "3:65536";
  step.receipt.emplace();
  step.receipt->extents.push_back({.object = StrCat("shard-", lease.task.seq % 64),
                                   .ns = "",
                                   .kind = "Order",
                                   .offset = (lease.task.seq / 64 * 100 + lease.task.slice) * 4'000'000,
                                   .length = 4'000'000,
                                   .records = 5000});
  step.counters.kinds[{"", "Order"}] = {5000, 5000, 0, 0};
  step.counters.named = {{"bytes_in", 4'000'000}, {"bytes_out", 4'000'000}};
  step.digests[{"", "Order"}] = {5000, {1, 2}};
  return step;
}

void RunWorkers(int workers, const auto& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i) threads.emplace_back([&work, i] { work(StrCat("process", i, "/0")); });
  for (std::thread& thread : threads) thread.join();
}

void MeasureTasks(JobStore& store, int workers, int seconds) {
  const std::string job = PlanJob(store, 200'000);
  std::atomic<uint64_t> tasks = 0;
  const Micros begin = Clock::Real().Now(), end = begin + Micros{seconds} * 1'000'000;
  RunWorkers(workers, [&](const std::string& worker) {
    while (Clock::Real().Now() < end) {
      std::optional<TaskLease> lease = Check(store.Acquire({job, worker, kLease}));
      if (!lease) continue;
      Check(store.Advance(&*lease, StepOf(*lease, true)));
      ++tasks;
    }
  });
  std::printf("tasks_per_second %.1f\n",
              static_cast<double>(tasks) * 1e6 / static_cast<double>(Clock::Real().Now() - begin));
}

void MeasureSlices(JobStore& store, int workers, int slices) {
  const std::string job = PlanJob(store, static_cast<uint64_t>(workers));
  const Micros begin = Clock::Real().Now();
  RunWorkers(workers, [&](const std::string& worker) {
    TaskLease lease = *Check(store.Acquire({job, worker, kLease}));
    for (int i = 1; i <= slices; ++i) {
      Clock::Real().Sleep(1'000'000);
      Check(store.Advance(&lease, StepOf(lease, i == slices)));
    }
  });
  std::printf("seconds %.4f\n", static_cast<double>(Clock::Real().Now() - begin) / 1e6);
}

}  // namespace
}  // namespace datahaul

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "usage: store_bench STORE WORKERS SECONDS, or STORE WORKERS slices N\n");
    return 2;
  }
  const std::unique_ptr<datahaul::JobStore> store = datahaul::Open(argv[1]);
  const int workers = std::atoi(argv[2]);
  argc == 4 ? datahaul::MeasureTasks(*store, workers, std::atoi(argv[3]))
            : datahaul::MeasureSlices(*store, workers, std::atoi(argv[4]));
  return 0;
}

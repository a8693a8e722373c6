#include "job/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "job/job_run.h"
#include "job/process.h"
#include "job/worker.h"

namespace datahaul {
namespace {

// The threads beyond the CPUs wait for the disk while the others compute.
constexpr int kExtraThreads = 4;
constexpr Micros kPoll = 50'000;  // for tasks whose back-off is over, and for other processes' doings
constexpr Micros kReportEvery = 200'000;
constexpr Micros kMostIdle = 1'000'000;
constexpr int kReportShare = 50;  // asking the store for progress may take one part in so many of the time

EngineOptions Completed(EngineOptions options) {
  if (options.workers <= 0) options.workers = std::max(1u, std::thread::hardware_concurrency());
  if (options.seed == 0) options.seed = std::random_device()();
  if (options.process.empty()) options.process = ProcessName();
  return options;
}

// Something that happens once, and can be waited for.
class Event {
 public:
  void Set() {
    std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  // True if it has happened by then.
  bool WaitFor(Micros most) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::microseconds(most), [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

bool IsOverOrParked(const Job& job) {
  return IsTerminal(job.state) || (job.state == JobState::kInterrupted && !job.cancel_requested);
}

}  // namespace

absl::Status CheckHost(const Job& job, std::string_view host) {
  if (job.spec.host.empty() || job.spec.host == host) return absl::OkStatus();
  return HumanError(
      StrCat("working on job ", job.id, ": its files are on ", job.spec.host, ", this is ", host, "; run it there"));
}

class Engine::Impl {
 public:
  Impl(JobStore* store, Connectors* connectors, Clock* clock, EngineOptions options)
      : store_(store), connectors_(connectors), clock_(clock), options_(Completed(std::move(options))) {}

  absl::StatusOr<Job> Run(const std::string& id, const std::function<void(const Job&)>& on_progress);
  absl::StatusOr<Job> Serve(const std::string& id, const std::function<bool()>& must_leave);
  absl::Status Discard(const std::string& id);
  void Stop();
  void Drain();

 private:
  using Watch = std::function<void(JobRun& run, const Job& job)>;

  absl::StatusOr<Job> Work(const Job& job, const Watch& watch);
  void WorkOn(JobRun& run, const Watch& watch);
  void Report(JobRun& run, Event& all_left, const Watch& watch);
  void Enlist(JobRun* run);
  void Dismiss(JobRun* run);

  JobStore* const store_;
  Connectors* const connectors_;
  Clock* const clock_;
  const EngineOptions options_;

  std::mutex mutex_;
  bool stopped_ = false;
  bool draining_ = false;
  std::set<JobRun*> runs_;
};

absl::StatusOr<Job> Engine::Impl::Run(const std::string& id, const std::function<void(const Job&)>& on_progress) {
  DH_ASSIGN_OR_RETURN(Job job, store_->Get(id));
  if (IsOverOrParked(job)) return job;
  DH_RETURN_IF_ERROR(CheckHost(job, options_.host));
  // Whoever ran it has died, or this is an error that names him.
  if (job.state == JobState::kRunning) DH_RETURN_IF_ERROR(store_->Reclaim(job.id));
  DH_ASSIGN_OR_RETURN(job, Work(job, [&on_progress](JobRun&, const Job& now) {
                        if (on_progress) on_progress(now);
                      }));
  if (on_progress) on_progress(job);
  return job;
}

absl::StatusOr<Job> Engine::Impl::Serve(const std::string& id, const std::function<bool()>& must_leave) {
  DH_ASSIGN_OR_RETURN(Job job, store_->Get(id));
  if (IsOverOrParked(job)) return job;
  DH_RETURN_IF_ERROR(CheckHost(job, options_.host));
  // Sooner than their leases expire, if all who worked on it have died on this host.
  if (job.state == JobState::kRunning) store_->Reclaim(job.id).IgnoreError();
  Micros busy = clock_->Now();
  return Work(job, [&](JobRun& run, const Job&) {
    const Micros now = clock_->Now();
    if (run.holds_tasks()) busy = now;
    if (now - busy > kMostIdle || must_leave()) run.Drain();
  });
}

absl::StatusOr<Job> Engine::Impl::Work(const Job& job, const Watch& watch) {
  JobRun run(store_, connectors_, clock_, options_, job);
  if (job.cancel_requested) DH_RETURN_IF_ERROR(run.BeginCancelled(job));
  Enlist(&run);
  WorkOn(run, watch);
  Dismiss(&run);
  return run.Conclude();
}

void Engine::Impl::WorkOn(JobRun& run, const Watch& watch) {
  const int count = run.spec().selection.limit ? 1 : options_.workers + kExtraThreads;
  Event all_left;
  std::thread renewer([&] {
    while (!all_left.WaitFor(options_.lease / 3)) run.RenewLeases();
  });
  std::atomic<int> left = count;
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      Worker worker(&run, StrCat(options_.process, "/", i));
      for (auto progress = Worker::Progress::kWorked; progress != Worker::Progress::kDone;) {
        const uint64_t seen = run.changes();
        progress = worker.Step();
        if (progress == Worker::Progress::kWaiting) run.WaitForChange(seen, kPoll);
      }
      if (--left == 0) all_left.Set();
    });
  }
  Report(run, all_left, watch);
  for (std::thread& thread : threads) thread.join();
  renewer.join();
}

// Also watches what others do to the job.
void Engine::Impl::Report(JobRun& run, Event& all_left, const Watch& watch) {
  Micros pause = kReportEvery;
  while (!all_left.WaitFor(pause)) {
    const Micros begin = clock_->Now();
    const absl::StatusOr<Job> job = store_->Get(run.id());
    pause = std::max(kReportEvery, (clock_->Now() - begin) * kReportShare);
    if (!job.ok()) continue;
    run.Observe(*job);
    watch(run, *job);
  }
}

absl::Status Engine::Impl::Discard(const std::string& id) {
  DH_ASSIGN_OR_RETURN(const Job job, store_->Get(id));
  if (job.state != JobState::kFailed && job.state != JobState::kCancelled) {
    return HumanError(StrCat("discarding the output of job ", job.id, ": it is ", ToString(job.state)));
  }
  DH_RETURN_IF_ERROR(CheckHost(job, options_.host));
  return JobRun(store_, connectors_, clock_, options_, job).Discard(job);
}

void Engine::Impl::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  for (JobRun* run : runs_) run->Stop();
}

void Engine::Impl::Drain() {
  std::lock_guard lock(mutex_);
  draining_ = true;
  for (JobRun* run : runs_) run->Drain();
}

void Engine::Impl::Enlist(JobRun* run) {
  std::lock_guard lock(mutex_);
  runs_.insert(run);
  if (stopped_) run->Stop();
  if (draining_) run->Drain();
}

void Engine::Impl::Dismiss(JobRun* run) {
  std::lock_guard lock(mutex_);
  runs_.erase(run);
}

Engine::Engine(JobStore* store, Connectors* connectors, Clock* clock, EngineOptions options)
    : impl_(std::make_unique<Impl>(store, connectors, clock, std::move(options))) {}

Engine::~Engine() = default;

absl::StatusOr<Job> Engine::Run(const std::string& job, const std::function<void(const Job&)>& on_progress) {
  return impl_->Run(job, on_progress);
}

absl::Status Engine::Discard(const std::string& job) { return impl_->Discard(job); }

absl::StatusOr<Job> Engine::Serve(const std::string& job, const std::function<bool()>& must_leave) {
  return impl_->Serve(job, must_leave);
}

void Engine::Stop() { impl_->Stop(); }

void Engine::Drain() { impl_->Drain(); }

}  // namespace datahaul

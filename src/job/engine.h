// Runs jobs: plans, works slices, closes. Knows only interfaces.
#ifndef DATAHAUL_JOB_ENGINE_H_
#define DATAHAUL_JOB_ENGINE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "job/job.h"
#include "job/job_store.h"
#include "model/record.h"
#include "model/schema.h"
#include "model/sink.h"
#include "model/source.h"

namespace datahaul {

// What a job needs from outside the engine, its two ends above all. Implemented by the registry, and by tests. Safe for
// concurrent use.
class Connectors {
 public:
  virtual ~Connectors() = default;
  virtual absl::StatusOr<std::unique_ptr<Source>> OpenSource(const JobSpec& spec) = 0;
  virtual absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const JobSpec& spec) = 0;
  // Both ends of the spool that the job `id` of this spec would have: what its sink was given and has published, its
  // source hands out again, records, rejects and lost ranges alike, in the same order. The sink has no order, so that
  // tasks fill it side by side, needs no schema, and once it is closed as discarded nothing is left, published or not.
  virtual absl::StatusOr<JobSpec> SpoolOf(const JobSpec& spec, const std::string& id) = 0;
  // The schema that the job's option "against" names.
  virtual absl::StatusOr<Schema> EarlierSchema(const JobSpec& spec) = 0;
  // A record as bytes from which it can be restored: for rejects that could be read.
  virtual absl::StatusOr<std::string> BytesOf(const Record& record) = 0;
};

struct EngineOptions {
  int workers = 0;       // CPUs to keep busy; 0 = all
  int max_attempts = 5;  // of one task, before the job is given up
  Micros lease = 30'000'000;
  uint64_t scan_bytes = 32 << 20;                             // of the source, that a scan task covers at least
  Micros backoff_first = 200'000, backoff_most = 30'000'000;  // exponential, full jitter
  uint64_t seed = 0;                                          // of the jitter; 0 = random
  std::string data_dir;
  std::string process;  // unique name of this process
  std::string host;     // where it runs, as HostToken says it
  std::string program;  // and its version
};

// FAILED_PRECONDITION, naming the host, for a job whose addresses mean something on another host than `host` only.
absl::Status CheckHost(const Job& job, std::string_view host);

// Safe for concurrent use; several jobs may run at once.
class Engine {
 public:
  // The pointers must outlive the engine.
  Engine(JobStore* store, Connectors* connectors, Clock* clock, EngineOptions options);
  ~Engine();

  // Works on `job` until it has ended or is interrupted, and returns what the store then says of it. An interrupted job
  // is returned as it is: JobStore::Resume it first. A job left behind by a process that died goes on at once; one that
  // another process works on is an error for a person, which names that process. A job whose cancellation was asked for
  // is cancelled. `on_progress` (may be null) is called from this thread, a few times a second and at the end.
  absl::StatusOr<Job> Run(const std::string& job, const std::function<void(const Job&)>& on_progress);
  // As Run, beside other processes that may work on the same job. Returns also, and leaves the job to others, when
  // there has been nothing to do for this process for a second, when `must_leave` says so (asked a few times a second),
  // and after Drain.
  absl::StatusOr<Job> Serve(const std::string& job, const std::function<bool()>& must_leave);
  // Ends all Serve calls, present and future, as soon as their slices are done; nothing is lost.
  void Drain();
  // Interrupts what runs, and whatever is run later, in a resumable way. Not for signal handlers: call it from a
  // thread.
  void Stop();
  // Removes all that a failed or cancelled job has left at its destination, which Run does too unless it is killed
  // before. May be repeated.
  absl::Status Discard(const std::string& job);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_ENGINE_H_

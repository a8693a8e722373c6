// A job: what a user submits, and what the store knows of it.
#ifndef DATAHAUL_JOB_JOB_H_
#define DATAHAUL_JOB_JOB_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/receipt.h"
#include "model/schema.h"
#include "model/selection.h"
#include "model/sink.h"
#include "model/source.h"

namespace datahaul {

// Everything needed to run the job again in another process, without secrets. Addresses and options are text that the
// registry understands and the engine does not, but for those that say how a schema is planned ("policy", "against",
// "on-drift"), and how often the source may be read ("spool").
struct JobSpec {
  std::string source;  // address
  std::string sink;    // address
  // Options of source and sink, by flag name without dashes ("format", "compression", "on-corrupt", …), sorted.
  std::vector<std::pair<std::string, std::string>> options;
  Selection selection;
  uint64_t max_rejects = 0;  // more rejected records than this fail the job; lost ranges do not count
  std::string command;       // how the user would say it, for lists
  std::string queue;         // whose workers may take it up; "" = none: it runs where it was submitted
  std::string host;          // its addresses mean something there only (HostName); "" = everywhere
  uint64_t most_leases = 0;  // tasks worked at once, in all processes; 0 = any number
};

// The value of an option in `spec`; "" if it is not there.
std::string_view OptionOf(const JobSpec& spec, std::string_view name);

enum class JobState : uint8_t {
  kQueued,       // submitted, never worked on
  kRunning,      // somebody works on it (or did until a crash)
  kInterrupted,  // stopped in a resumable way: Ctrl-C, a fault that may pass, something for a person to mend
  kSucceeded,
  kFailed,  // for good
  kCancelled,
  kMoved,  // to another job store, for good
};
const char* ToString(JobState state);
inline bool IsTerminal(JobState s) {
  return s == JobState::kSucceeded || s == JobState::kFailed || s == JobState::kCancelled || s == JobState::kMoved;
}

// A task's place in its job. Phases run one after the other; all tasks of one end before the next begins, and a phase
// without tasks is passed over. Scan and schema exist where the sink needs a schema.
enum class Phase : uint8_t { kPlan, kScan, kSchema, kWrite, kClose };
const char* ToString(Phase phase);

struct Job {
  std::string id;
  JobSpec spec;
  JobState state = JobState::kQueued;
  Phase phase = Phase::kPlan;
  Snapshot snapshot;             // set by planning
  std::optional<Schema> schema;  // set by the schema phase; left out of lists
  Counters counters;             // rolled up from every receipt
  Digests digests;               // likewise
  std::string error;             // why it failed or was interrupted, with the remedy
  uint8_t error_retry = 0;       // Retry of that error, for the exit code
  Micros created = 0, updated = 0, finished = 0;
  uint64_t shards = 0, shards_done = 0;
  // Of the source. Bytes read so far are counters.named["bytes_in"], and for a schema "scanned_bytes". What a spool got
  // is "spooled_bytes".
  uint64_t bytes_total = 0;
  bool cancel_requested = false;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_JOB_H_

// Runs a job in this process, in the user's sight.
#ifndef DATAHAUL_CLI_FOREGROUND_H_
#define DATAHAUL_CLI_FOREGROUND_H_

#include <string>

#include "absl/status/statusor.h"

#include "cli/options.h"
#include "job/job_store.h"
#include "registry/registry.h"

namespace datahaul {

struct ForegroundRun {
  JobStore* store = nullptr;
  Registry* registry = nullptr;
  std::string job;
  std::string data_dir;       // or the job store's URL; "" = the job ends with the process
  std::string data_dir_flag;  // as JobHome::flag
  int workers = 0;
  OutputOptions output;
  bool is_new = false;  // submitted just now: if it cannot even begin, it is not kept to be resumed
  bool dry_run = false;
  bool report_to_stderr = false;  // standard output is for records
};

// Works on the job until it ends, Ctrl-C or a fault stops it; shows progress, then the report or what to do next.
// Returns the exit code. The first Ctrl-C stops it in a resumable way.
absl::StatusOr<int> RunInForeground(const ForegroundRun& run);

// Prints how a job ended (or was parked), and returns the exit code.
int ReportEnd(const ForegroundRun& run, const Job& job, bool interrupted);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_FOREGROUND_H_

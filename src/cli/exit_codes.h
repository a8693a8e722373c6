// What a command's exit code tells a script. Settled: codes are added, never changed.
#ifndef DATAHAUL_CLI_EXIT_CODES_H_
#define DATAHAUL_CLI_EXIT_CODES_H_

#include "absl/status/status.h"

#include "base/status.h"
#include "job/job.h"

namespace datahaul {

enum ExitCode : int {
  kExitDone = 0,    // verify: equal
  kExitFailed = 1,  // damage; verify: different
  kExitUsage = 2,
  kExitDoneWithLoss = 3,  // done, but records were rejected or byte ranges lost
  kExitRetryMayHelp = 4,
  kExitPersonMustAct = 5,  // destination exists or is claimed, disk full, permission, credentials
  kExitInterrupted = 130,
};

inline ExitCode ExitCodeOf(Retry retry) {
  switch (retry) {
    case Retry::kNever:
      return kExitFailed;
    case Retry::kCall:
    case Retry::kTask:
      return kExitRetryMayHelp;
    case Retry::kHuman:
      return kExitPersonMustAct;
    case Retry::kUsage:
      return kExitUsage;
  }
  return kExitFailed;
}

inline ExitCode ExitCodeOf(const absl::Status& status) { return status.ok() ? kExitDone : ExitCodeOf(RetryOf(status)); }

// Of a job that is not being worked on any more.
ExitCode ExitCodeOf(const Job& job);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_EXIT_CODES_H_

#include "cli/exit_codes.h"

#include "cli/job_facts.h"

namespace datahaul {

ExitCode ExitCodeOf(const Job& job) {
  switch (job.state) {
    case JobState::kSucceeded:
      return HasLoss(job) ? kExitDoneWithLoss : kExitDone;
    case JobState::kCancelled:
      return kExitFailed;
    default: {
      const ExitCode code = ExitCodeOf(static_cast<Retry>(job.error_retry));
      return code == kExitDone ? kExitFailed : code;
    }
  }
}

}  // namespace datahaul

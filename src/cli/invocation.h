// What the command line asked for.
#ifndef DATAHAUL_CLI_INVOCATION_H_
#define DATAHAUL_CLI_INVOCATION_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace datahaul {

// Filled in by the command that was chosen, while the words are parsed; run afterwards.
struct Invocation {
  std::string words;                         // the command as the user would say it again, quoted for a shell
  std::function<absl::StatusOr<int>()> run;  // returns the exit code
  std::string data_dir;   // --data-dir: jobs, unless job_store says else, and secrets; "" = the default
  std::string job_store;  // --job-store, if it is on a server; "" = the data directory's
  bool json = false;      // errors are wanted as JSON too
};

}  // namespace datahaul

#endif  // DATAHAUL_CLI_INVOCATION_H_

#ifndef DATAHAUL_CLI_JOB_HOME_H_
#define DATAHAUL_CLI_JOB_HOME_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "cli/invocation.h"
#include "job/job_store.h"
#include "job/sql.h"

namespace datahaul {

// Where jobs live: a data directory, or a job store on a server.
struct JobHome {
  std::string place;  // the data directory, absolute, or the store's URL, which holds no secret
  std::string flag;   // " --data-dir DIR" or " --job-store URL" if the user gave one: for commands that messages name
  bool remote = false;
  std::unique_ptr<JobStore> store;
};

// As --job-store and --data-dir say.
absl::StatusOr<JobHome> OpenJobHome(const Invocation& invocation);

// The database at `place`, a URL or a data directory.
absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenJobDatabase(const std::string& place);

// As for any home: what the engine is told of this program and this host.
struct EngineOptions EngineOptionsOf(const std::string& place, int workers);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_JOB_HOME_H_

#include "cli/job_home.h"

#include <utility>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/data_dir.h"
#include "io/folder.h"
#include "job/engine.h"
#include "job/postgres_job_store.h"
#include "job/process.h"
#include "job/sqlite_job_store.h"
#include "registry/version.h"

namespace datahaul {

absl::StatusOr<JobHome> OpenJobHome(const Invocation& invocation) {
  JobHome home;
  if (IsPostgresUrl(invocation.job_store)) {
    DH_ASSIGN_OR_RETURN(home.store, OpenPostgresJobStore(invocation.job_store));
    home.remote = true;
    home.place = invocation.job_store;
    home.flag = StrCat(" --job-store ", home.place);
    return home;
  }
  DH_ASSIGN_OR_RETURN(home.place, OpenDataDir(invocation.data_dir));
  DH_ASSIGN_OR_RETURN(home.store, OpenJobStore(home.place));
  if (!invocation.data_dir.empty()) home.flag = StrCat(" --data-dir ", invocation.data_dir);
  return home;
}

absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenJobDatabase(const std::string& place) {
  if (IsPostgresUrl(place)) return OpenPostgresDatabase(place, nullptr);
  DH_ASSIGN_OR_RETURN(const std::string folder, OpenDataDir(place));
  return OpenSqliteDatabase(JoinPath(folder, "jobs.db"), &Clock::Real());
}

EngineOptions EngineOptionsOf(const std::string& place, int workers) {
  EngineOptions options;
  options.workers = workers;
  options.data_dir = place;
  options.process = ProcessName();
  options.host = HostToken();
  options.program = kProgramVersion;
  return options;
}

}  // namespace datahaul

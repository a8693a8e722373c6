// The embedded JobStore: one SQLite file, which several processes may share.
#ifndef DATAHAUL_JOB_SQLITE_JOB_STORE_H_
#define DATAHAUL_JOB_SQLITE_JOB_STORE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "job/job_store.h"
#include "job/process.h"
#include "job/sql.h"

namespace datahaul {

// Opens or creates the store in the file `path` (":memory:" = a private one that dies with it; its folder must exist).
// `clock` must outlive it. `is_gone` tells whether a process (by its name in a lease) is known to be dead.
//
// Write-ahead log with synchronous=NORMAL: a power cut may take back the last steps as a whole, which means that they
// are worked again, never that they are torn. A file written by a newer datahaul is refused.
absl::StatusOr<std::unique_ptr<JobStore>> OpenSqliteJobStore(
    const std::string& path, Clock* clock, std::function<bool(std::string_view process)> is_gone = ProcessIsGone);

// As above: the database alone.
absl::StatusOr<std::unique_ptr<SqlDatabase>> OpenSqliteDatabase(const std::string& path, Clock* clock);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SQLITE_JOB_STORE_H_

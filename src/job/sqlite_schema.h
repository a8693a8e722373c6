// The tables of the SQLite job store, and how older files become current.
#ifndef DATAHAUL_JOB_SQLITE_SCHEMA_H_
#define DATAHAUL_JOB_SQLITE_SCHEMA_H_

#include <string>

#include "absl/status/status.h"

#include "job/sqlite.h"

namespace datahaul {

// Creates the file with the current schema unless it exists, at once and whole even if other processes do the same or
// the power goes: SQLite's own way to do so takes five syncs.
absl::Status CreateJobStoreFile(const std::string& path);

// Brings the file to the current schema, whether it is new, old or current, also while other processes do the same.
// Refuses files of newer versions, and databases that are no job store.
absl::Status MigrateJobStore(Sqlite& db);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SQLITE_SCHEMA_H_

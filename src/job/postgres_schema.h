// The tables of the PostgreSQL job store, and how older ones become current.
#ifndef DATAHAUL_JOB_POSTGRES_SCHEMA_H_
#define DATAHAUL_JOB_POSTGRES_SCHEMA_H_

#include "absl/status/status.h"

#include "job/postgres.h"

namespace datahaul {

// Brings the database to the current schema, whether it has none, an old one or the current, also while others do the
// same. Refuses newer ones.
absl::Status MigratePostgres(Postgres& db);

// FAILED_PRECONDITION unless the database has the current schema: it says whether to migrate, or to use a newer
// program.
absl::Status CheckPostgres(Postgres& db);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_POSTGRES_SCHEMA_H_

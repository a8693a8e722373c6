// What the tables of both job stores have in common: a version.
#ifndef DATAHAUL_JOB_SCHEMA_VERSION_H_
#define DATAHAUL_JOB_SCHEMA_VERSION_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

#include "job/sql.h"

namespace datahaul {

// The number that the first row of a query holds; 0 if there is no row.
absl::StatusOr<int64_t> ReadNumber(Sql& db, std::string_view sql);

// Why tables of `version` are not used by a program that knows versions up to `known`. `flag` chooses another store.
absl::Status TablesAreNewer(const Sql& db, int64_t version, int64_t known, std::string_view flag);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_SCHEMA_VERSION_H_

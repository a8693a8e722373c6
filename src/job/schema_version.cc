#include "job/schema_version.h"

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

absl::StatusOr<int64_t> ReadNumber(Sql& db, std::string_view sql) {
  Query query(db, sql);
  const int64_t number = query.Next() ? query.Int(0) : 0;
  DH_RETURN_IF_ERROR(query.status());
  return number;
}

absl::Status TablesAreNewer(const Sql& db, int64_t version, int64_t known, std::string_view flag) {
  return HumanError(StrCat("job store ", db.name(), " was written by a newer datahaul (its schema version is ", version,
                           ", this program knows ", known, "); use that, or another ", flag));
}

}  // namespace datahaul

#ifndef DATAHAUL_JOB_MOVE_JOB_H_
#define DATAHAUL_JOB_MOVE_JOB_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "job/sql.h"

namespace datahaul {

struct MoveOptions {
  std::string host;   // where the job's addresses mean something from now on
  std::string queue;  // whose workers go on with it at once; "": it is left interrupted
  std::function<bool(std::string_view process)> is_gone;
};

// Moves a job that is not over to another store, with all that it has done, under the same id, which is returned. From
// then on `from` only knows that it was moved: nobody can work on it, resume or cancel it there, and who still holds a
// lease of it finds that void. First the origin is fenced, then the job appears in `to`: if that fails, do it again.
// An error for a person while somebody works on the job.
absl::StatusOr<std::string> MoveJob(SqlDatabase& from, SqlDatabase& to, std::string_view job,
                                    const MoveOptions& options);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_MOVE_JOB_H_

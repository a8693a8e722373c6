// Adds a step's receipt, counters and digests to a job's rows, and reads them back. Touches only the rows of the
// objects, kinds and counters that the step names. What is summed is spread over stripes, so that steps of different
// tasks wait for each other rarely.
#ifndef DATAHAUL_JOB_ROLL_UP_H_
#define DATAHAUL_JOB_ROLL_UP_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "job/sql.h"

namespace datahaul {

inline constexpr uint64_t kStripes = 32;

// INTERNAL if the receipt's extents overlap those that came before: two slices claim the same bytes.
absl::Status RollUp(Sql& db, int64_t job, uint64_t stripe, const Step& step);
// Forgets extents and digests, but not what was counted.
absl::Status DropReceipts(Sql& db, int64_t job);
// When the job was last seen to advance, and how many of its shards are done since.
absl::Status AddProgress(Sql& db, int64_t job, uint64_t stripe, uint64_t shards_done);

absl::StatusOr<std::vector<Extent>> LoadExtents(Sql& db, int64_t job);
absl::Status LoadKinds(Sql& db, int64_t job, Counters* counters, Digests* digests);
absl::Status LoadTotal(Sql& db, int64_t job, Counters* counters);  // all kinds as one, under an empty name
absl::Status LoadNamed(Sql& db, int64_t job, Counters* counters);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_ROLL_UP_H_

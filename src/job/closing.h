// The last task of every job: nothing is published before the sums agree.
#ifndef DATAHAUL_JOB_CLOSING_H_
#define DATAHAUL_JOB_CLOSING_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "model/source.h"

namespace datahaul {

// The error of a job that has rejected `rejected` records; `detail` goes before the remedy.
absl::Status TooManyRejects(const JobSpec& spec, uint64_t rejected, std::string_view detail);

// What was read against what the source promised: adds to the step's counters, and to the notes of its snapshot, which
// is set where there is one. DATA_LOSS as for CheckSums.
absl::Status CheckPromises(const Job& job, const SourceTraits& source, Step* step);

// Checks that every record is accounted for: read = written + filtered + rejected for each kind (else INTERNAL), no
// more rejected than allowed, and as many read as the source promised (else DATA_LOSS, unless the source accepts loss;
// not with a limit). As many bytes: else a note. The step ends the job, with the counters and notes that closing adds.
absl::StatusOr<Step> CheckSums(const Job& job, const SourceTraits& source);

// The same where the source was read into a spool, whose schema task has checked what it promised: now the records of
// each kind must be those that the spool holds, else it is DATA_LOSS.
absl::StatusOr<Step> CheckSumsOfSpooled(const Job& job);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_CLOSING_H_

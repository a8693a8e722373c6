// Jobs and their events as JSON: docs/formats/jobs.md and docs/formats/events.md.
#ifndef DATAHAUL_CLI_JOB_JSON_H_
#define DATAHAUL_CLI_JOB_JSON_H_

#include <cstdint>
#include <string>

#include "job/job.h"

namespace datahaul {

enum class JobJsonDetail : uint8_t {
  kSummary,  // what JobStore::List tells: without kinds
  kAll,
};

// One object, without a line end.
std::string JobJson(const Job& job, Micros now, JobJsonDetail detail);

// One line each.
std::string StartedEvent(const Job& job);
std::string ProgressEvent(const Job& job, double records_per_second, double bytes_per_second, Micros now);
std::string FinishedEvent(const Job& job, int exit_code, Micros now);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_JOB_JSON_H_

// What follows from a job's counters; asked by exit codes, reports and events alike.
#ifndef DATAHAUL_CLI_JOB_FACTS_H_
#define DATAHAUL_CLI_JOB_FACTS_H_

#include <cstdint>
#include <string_view>

#include "job/job.h"

namespace datahaul {

uint64_t Counter(const Job& job, std::string_view name);  // 0 if it was never counted
bool HasLoss(const Job& job);                             // rejected records or lost byte ranges
Micros ElapsedTime(const Job& job, Micros now);           // from submission to the end, or to `now`
double PartDone(const Job& job);                          // 0 to 1, by bytes; 1 only when it has succeeded

}  // namespace datahaul

#endif  // DATAHAUL_CLI_JOB_FACTS_H_

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
// How much of the source was read and is to be read, in bytes: all of it twice where a scan comes before the writing,
// be it out of a spool the second time.
struct BytesToRead {
  uint64_t done = 0;
  uint64_t total = 0;
};
BytesToRead ReadingOf(const Job& job);
bool HasSpool(const Job& job);    // its source is read once, into a spool
double PartDone(const Job& job);  // 0 to 1, by those bytes; 1 only when it has succeeded

}  // namespace datahaul

#endif  // DATAHAUL_CLI_JOB_FACTS_H_

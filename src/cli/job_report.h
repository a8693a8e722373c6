// What a job did, for people.
#ifndef DATAHAUL_CLI_JOB_REPORT_H_
#define DATAHAUL_CLI_JOB_REPORT_H_

#include <string>
#include <string_view>

#include "job/job.h"

namespace datahaul {

struct ReportFacts {
  std::string_view delivery;  // the sink's promise; "" if not known here
  std::string_view manifest;  // where it is; "" if there is none
  bool verbose = false;
  bool dry_run = false;
  bool one_run = false;  // begun and ended in this process: the time it took tells a speed
  Micros now = 0;
};

// Kinds with their counts, bytes, time, losses, notes.
std::string JobReport(const Job& job, const ReportFacts& facts);

// All that a job store knows of it, and the report.
std::string JobDetails(const Job& job, const ReportFacts& facts);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_JOB_REPORT_H_

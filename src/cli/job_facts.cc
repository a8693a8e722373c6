#include "cli/job_facts.h"

#include <algorithm>
#include <string>

namespace datahaul {

uint64_t Counter(const Job& job, std::string_view name) {
  const auto it = job.counters.named.find(std::string(name));
  return it == job.counters.named.end() ? 0 : it->second;
}

bool HasLoss(const Job& job) {
  return job.counters.Total().rejected + Counter(job, "lost_ranges") + Counter(job, "lost_records") != 0;
}

Micros ElapsedTime(const Job& job, Micros now) {
  return std::max<Micros>(0, (job.finished != 0 ? job.finished : now) - job.created);
}

double PartDone(const Job& job) {
  if (job.state == JobState::kSucceeded) return 1;
  if (job.bytes_total == 0) return 0;
  return std::min(0.999, static_cast<double>(Counter(job, "bytes_in")) / static_cast<double>(job.bytes_total));
}

}  // namespace datahaul

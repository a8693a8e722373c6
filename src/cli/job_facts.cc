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

BytesToRead ReadingOf(const Job& job) {
  const uint64_t scanned = Counter(job, "scanned_bytes");
  const bool scans = job.phase == Phase::kScan || job.phase == Phase::kSchema || scanned != 0;
  BytesToRead bytes{Counter(job, "bytes_in"), job.bytes_total};
  if (!scans) return bytes;
  // A scan that is over is done as a whole, though a limit may have ended it.
  bytes.done += job.phase == Phase::kScan ? scanned : job.bytes_total;
  bytes.total += job.bytes_total;
  return bytes;
}

double PartDone(const Job& job) {
  if (job.state == JobState::kSucceeded) return 1;
  const BytesToRead bytes = ReadingOf(job);
  if (bytes.total == 0) return 0;
  return std::min(0.999, static_cast<double>(bytes.done) / static_cast<double>(bytes.total));
}

}  // namespace datahaul

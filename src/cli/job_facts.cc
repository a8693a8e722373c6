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

bool HasSpool(const Job& job) { return Counter(job, "spooled_bytes") != 0; }

namespace {

// What comes out of a spool is counted in records only.
BytesToRead ReadingOfSpool(const Job& job) {
  const Tally total = job.counters.Total();
  const uint64_t spooled = total.read - std::min(total.read, total.filtered + total.rejected);
  const double part = spooled == 0 ? 1 : static_cast<double>(total.written) / static_cast<double>(spooled);
  return {job.bytes_total + static_cast<uint64_t>(part * static_cast<double>(job.bytes_total)), 2 * job.bytes_total};
}

}  // namespace

BytesToRead ReadingOf(const Job& job) {
  if (HasSpool(job) && job.phase != Phase::kScan) return ReadingOfSpool(job);
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

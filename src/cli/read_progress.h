#ifndef DATAHAUL_CLI_READ_PROGRESS_H_
#define DATAHAUL_CLI_READ_PROGRESS_H_

#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "cli/options.h"
#include "cli/rate_meter.h"

namespace datahaul {

// Says on a terminal how much a report has read so far, one line, redrawn. Elsewhere, with --quiet and --json: nothing.
// Safe for concurrent use.
class ReadProgress {
 public:
  explicit ReadProgress(const OutputOptions& options);
  ~ReadProgress() { Clear(); }

  void Add(uint64_t bytes);
  void Clear();  // before anything else is printed

 private:
  const bool shown_;
  std::mutex mutex_;  // guards what follows
  RateMeter meter_;
  uint64_t bytes_ = 0;
  Micros next_ = 0;
  bool drawn_ = false;
};

}  // namespace datahaul

#endif  // DATAHAUL_CLI_READ_PROGRESS_H_

// Shows how a job is getting on while it runs.
#ifndef DATAHAUL_CLI_PROGRESS_H_
#define DATAHAUL_CLI_PROGRESS_H_

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "cli/options.h"
#include "cli/rate_meter.h"
#include "job/job.h"

namespace datahaul {

// On standard error: on a terminal one block, redrawn; elsewhere a line every few seconds. With --json: events on
// standard output instead, one a second. With --quiet: nothing. Not safe for concurrent use.
class Progress {
 public:
  explicit Progress(const OutputOptions& options);

  void Update(const Job& job, Micros now);
  void Clear();  // takes the block off the terminal: before anything else is printed there

 private:
  enum class Style : uint8_t { kNone, kBlock, kLines, kEvents };

  void Draw(const Job& job, Micros now);
  std::string Line(const Job& job) const;

  const Style style_;
  RateMeter records_;
  RateMeter bytes_;
  Micros next_ = 0;
  int drawn_lines_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_CLI_PROGRESS_H_

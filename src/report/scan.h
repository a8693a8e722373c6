// Reads all of a source with several threads, for reports that look at every record.
#ifndef DATAHAUL_REPORT_SCAN_H_
#define DATAHAUL_REPORT_SCAN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "model/selection.h"
#include "model/source.h"

namespace datahaul {

// What one thread does with what it reads. Used by that thread alone.
class Visitor {
 public:
  virtual ~Visitor() = default;
  // A record that the selection matches; lives until the call returns.
  virtual absl::Status Visit(const Record& record) = 0;
  // A batch of which Visit has seen all that is selected.
  virtual absl::Status EndBatch(const RecordBatch& batch) {
    (void)batch;
    return absl::OkStatus();
  }
};

struct ScanOptions {
  int workers = 0;                              // 0 = CPUs
  uint64_t piece_bytes = 8 << 20;               // about what a thread takes on at a time
  std::function<void(uint64_t bytes)> on_read;  // how much was just read; called from all threads
};

struct ScanResult {
  Snapshot snapshot;
  uint64_t records = 0;      // selected ones
  uint64_t passed_over = 0;  // others
  uint64_t bytes = 0;
  uint64_t payload_bytes = 0;  // as in RecordBatch
  uint64_t rejects = 0;
  uint64_t lost_ranges = 0, lost_bytes = 0;
  std::vector<std::string> problems;  // the first rejects and lost ranges, as sentences
  std::vector<std::string> notes;     // the snapshot's, and whether counts could be checked
};

// Visits every selected record once; the order between threads is not told. `visitor` is called once for each worker
// (its number), before any record is read. A source that promises exact counts and breaks them is an error, unless
// damage was set aside. The selection's limit is not looked at.
absl::StatusOr<ScanResult> Scan(Source& source, const Selection& selection, const ScanOptions& options,
                                const std::function<Visitor*(int worker)>& visitor);

// How many workers `asked` (0 = CPUs) means.
int WorkerCount(int asked);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_SCAN_H_

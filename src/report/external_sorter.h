// Sorts more byte strings than fit into memory.
#ifndef DATAHAUL_REPORT_EXTERNAL_SORTER_H_
#define DATAHAUL_REPORT_EXTERNAL_SORTER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "report/entry_stream.h"
#include "report/run_file.h"

namespace datahaul {

// Bytewise order; equal entries are all kept. Holds about `memory` bytes while entries are added, and less than that
// (or one buffer for each of kFanIn runs) while they are read; what is more goes to a temporary file.
class ExternalSorter {
 public:
  static constexpr size_t kFanIn = 64;

  ExternalSorter(size_t memory, std::string temp_folder);

  absl::Status Add(std::string_view entry);  // safe for concurrent use; at most 4 GiB
  // Once, after the last Add. The sorter must outlive the stream.
  absl::StatusOr<std::unique_ptr<EntryStream>> Sort();

 private:
  struct Slot {
    uint32_t offset;
    uint32_t size;
  };
  std::string_view EntryAt(Slot slot) const { return {bytes_.data() + slot.offset, slot.size}; }
  void SortHeld();
  absl::Status Spill();
  absl::Status MergeOnce();

  const size_t memory_;
  const std::string temp_folder_;
  std::mutex mutex_;  // guards what follows until Sort
  ByteBuffer bytes_;
  std::vector<Slot> slots_;
  std::unique_ptr<RunFile> runs_;  // null until something is spilled
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_EXTERNAL_SORTER_H_

// A source of records held in memory.
#ifndef DATAHAUL_TESTING_MEMORY_SOURCE_H_
#define DATAHAUL_TESTING_MEMORY_SOURCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/source.h"
#include "testing/fault.h"

namespace datahaul {

struct MemoryRecord {
  enum class What : uint8_t { kRecord, kReject, kLost };
  std::string ns, kind;
  int64_t id = 0;
  std::string text;  // of its property "text"
  What what = What::kRecord;
  // The name of another property; "" = none. An integer where the id is even, else a string.
  std::string more = {};

  uint64_t bytes() const { return 16 + text.size(); }
};

struct MemoryData {
  std::vector<MemoryRecord> records;  // those of a namespace together
  uint32_t batch_records = 3;
  std::optional<uint64_t> promised;          // what the snapshot says; absent: it can't tell
  std::optional<uint64_t> promised_payload;  // of the texts' bytes
  std::vector<KindName> kinds;               // that the snapshot names
  SourceTraits::Rescan rescan = SourceTraits::Rescan::kCheap;
  bool accepts_loss = false;  // the source's trait
};

// Fills `record` with views into `arena`.
void BuildRecord(const MemoryRecord& from, Arena& arena, Record* record);
// Appends data.records[index] as readers do: its offset is its index.
void AppendTo(const MemoryData& data, size_t index, RecordBatch* batch);

// Calls asked for faults: source.begin, source.split, source.open, source.read. `data` must outlive the source.
class MemorySource final : public Source {
 public:
  explicit MemorySource(const MemoryData* data, FaultHook fault = {})
      : data_(data),
        fault_(std::move(fault)),
        traits_{.rescan = data->rescan, .exact_counts = true, .accepts_loss = data->accepts_loss} {}
  const SourceTraits& traits() const override { return traits_; }
  absl::StatusOr<Snapshot> Begin(const Selection& selection) override;
  absl::StatusOr<std::vector<Partition>> Split(const Snapshot& snapshot, const Selection& selection,
                                               const Partition* rest, const Cursor& after,
                                               uint64_t target_bytes) override;
  absl::StatusOr<std::unique_ptr<Reader>> Open(const Snapshot& snapshot, const Partition& partition,
                                               const Cursor& resume_after) override;

 private:
  std::vector<Partition> SplitByNamespace() const;
  std::vector<Partition> SplitBySize(size_t begin, size_t end, uint64_t target_bytes) const;

  const MemoryData* const data_;
  const FaultHook fault_;
  const SourceTraits traits_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_MEMORY_SOURCE_H_

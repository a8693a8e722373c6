#include "testing/memory_spool.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr char kState[] = "memory spool";

// The cursor is the number of lines read.
class MemorySpoolReader final : public Reader {
 public:
  MemorySpoolReader(const MemoryData* data, std::vector<size_t> indexes, size_t next, FaultHook fault)
      : data_(data), indexes_(std::move(indexes)), next_(next), fault_(std::move(fault)) {}

  absl::Status Read(RecordBatch* batch) override {
    batch->Clear();
    DH_RETURN_IF_ERROR(Ask(fault_, "spool.read"));
    const size_t stop = std::min(indexes_.size(), next_ + data_->batch_records);
    for (; next_ < stop; ++next_) AppendTo(*data_, indexes_[next_], batch);
    batch->cursor = StrCat(next_);
    return absl::OkStatus();
  }

 private:
  const MemoryData* const data_;
  const std::vector<size_t> indexes_;
  size_t next_;
  const FaultHook fault_;
};

// "spool/SHARD-SLICE.FENCE"
std::pair<int, int> SliceOf(const std::string& object) {
  return {std::atoi(object.c_str() + object.find('/') + 1), std::atoi(object.c_str() + object.find('-') + 1)};
}

}  // namespace

absl::StatusOr<Snapshot> MemorySpool::Begin(const Selection&) {
  DH_RETURN_IF_ERROR(Ask(fault_, "spool.begin"));
  Snapshot snapshot;
  snapshot.state = kState;
  return snapshot;
}

absl::StatusOr<std::vector<Partition>> MemorySpool::Split(const Snapshot& snapshot, const Selection&,
                                                          const Partition* rest, const Cursor&, uint64_t) {
  DH_RETURN_IF_ERROR(Ask(fault_, "spool.split"));
  if (snapshot.state != kState) return InternalError("splitting a memory spool: not one of its snapshots");
  if (rest == nullptr) return std::vector<Partition>{{"", "", 0}};
  std::map<std::pair<int, int>, Partition> partitions;
  std::lock_guard lock(destination_->mutex);
  for (const auto& [object, bytes] : destination_->published) {
    partitions[SliceOf(object)] = {"", object, bytes.size()};
  }
  std::vector<Partition> in_order;
  for (auto& [slice, partition] : partitions) in_order.push_back(std::move(partition));
  return in_order;
}

absl::StatusOr<std::unique_ptr<Reader>> MemorySpool::Open(const Snapshot& snapshot, const Partition& partition,
                                                          const Cursor& resume_after) {
  DH_RETURN_IF_ERROR(Ask(fault_, "spool.open"));
  if (snapshot.state != kState) return InternalError("opening a memory spool: not one of its snapshots");
  std::string bytes;
  {
    std::lock_guard lock(destination_->mutex);
    const auto found = destination_->published.find(partition.range);
    if (found == destination_->published.end()) return DataError("opening a memory spool: it is gone");
    bytes = found->second;
  }
  std::vector<size_t> indexes;
  for (size_t begin = 0, end; (end = bytes.find('\n', begin)) != std::string::npos; begin = end + 1) {
    indexes.push_back(std::strtoull(bytes.c_str() + begin, nullptr, 10));
  }
  const size_t next = std::strtoull(resume_after.c_str(), nullptr, 10);
  return std::make_unique<MemorySpoolReader>(data_, std::move(indexes), next, fault_);
}

}  // namespace datahaul

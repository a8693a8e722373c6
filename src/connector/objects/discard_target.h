#ifndef DATAHAUL_CONNECTOR_OBJECTS_DISCARD_TARGET_H_
#define DATAHAUL_CONNECTOR_OBJECTS_DISCARD_TARGET_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "connector/objects/object_head.h"
#include "connector/objects/slice_target.h"

namespace datahaul {

// Keeps nothing: for --dry-run=scan, which wants to know sizes, and for benchmarks. Receipts are as a folder's would
// be.
class DiscardTarget : public SliceTarget {
 public:
  // `head` must outlive it.
  explicit DiscardTarget(const ObjectHead* head) : head_(head) {}

  absl::Status Prepare(const JobContext& context) override;
  absl::Status Place(EncodedSlice* slice) override;
  absl::Status Write(EncodedSlice* slice) override;
  void Abandon() override {}
  absl::StatusOr<Receipt> Close(const JobContext&, Outcome) override { return Receipt(); }
  bool keeps_rejects() const override { return false; }

 private:
  const ObjectHead* const head_;
  std::mutex mutex_;
  std::map<std::string, uint64_t> ends_;  // guarded by mutex_
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_DISCARD_TARGET_H_

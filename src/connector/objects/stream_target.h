#ifndef DATAHAUL_CONNECTOR_OBJECTS_STREAM_TARGET_H_
#define DATAHAUL_CONNECTOR_OBJECTS_STREAM_TARGET_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "connector/objects/object_head.h"
#include "connector/objects/slice_target.h"

namespace datahaul {

// Standard output: slices are written one after the other, in the order in which they were placed, as one object "-".
// What is written can't be taken back: Prepare fails unless exactly what is committed has been written by this very
// process. With a schema: of one kind alone.
class StreamTarget : public SliceTarget {
 public:
  // `fd` is not closed; `head` must outlive the target.
  StreamTarget(int fd, const ObjectHead* head) : fd_(fd), head_(head) {}

  absl::Status Prepare(const JobContext& context) override;
  absl::Status Place(EncodedSlice* slice) override;
  absl::Status Write(EncodedSlice* slice) override;
  void Abandon() override;
  absl::StatusOr<Receipt> Close(const JobContext& context, Outcome outcome) override;
  bool keeps_rejects() const override { return false; }

 private:
  absl::Status WriteAll(const EncodedSlice& slice);

  const int fd_;
  const ObjectHead* const head_;
  std::mutex mutex_;
  std::condition_variable turn_;
  uint64_t placed_ = 0;   // guarded by mutex_, as all that follows: bytes that have a place
  uint64_t written_ = 0;  // bytes
  absl::Status failure_;  // what broke the order, until Prepare
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_STREAM_TARGET_H_

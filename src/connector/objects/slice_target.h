#ifndef DATAHAUL_CONNECTOR_OBJECTS_SLICE_TARGET_H_
#define DATAHAUL_CONNECTOR_OBJECTS_SLICE_TARGET_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "connector/objects/encoded_slice.h"
#include "model/sink.h"

namespace datahaul {

// Where encoded slices go: a folder, a bucket, a stream, nowhere. Prepare and Close are as in Sink. Safe for concurrent
// use.
class SliceTarget {
 public:
  virtual ~SliceTarget() = default;
  virtual absl::Status Prepare(const JobContext& context) = 0;
  // Gives every piece its offset. Called in output order. No I/O.
  virtual absl::Status Place(EncodedSlice* slice) = 0;
  // The next slice of `object`, which is shard `shard`'s alone, goes to `offset`, to which receipts reach, whatever was
  // placed before.
  virtual absl::Status BeginAt(uint64_t shard, const std::string& object, uint64_t offset) {
    (void)shard, (void)object, (void)offset;
    return absl::OkStatus();
  }
  // Puts a placed slice where it belongs and releases its memory; returns when it is durable.
  virtual absl::Status Write(EncodedSlice* slice) = 0;
  // A placed slice will not be written: the place stays empty, so that nothing after it may count until Prepare.
  virtual void Abandon() = 0;
  virtual absl::StatusOr<Receipt> Close(const JobContext& context, Outcome outcome) = 0;
  // Whether rejects are kept, as an object of their own.
  virtual bool keeps_rejects() const = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_SLICE_TARGET_H_

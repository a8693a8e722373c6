#ifndef DATAHAUL_CONNECTOR_OBJECTS_STAGED_SLICES_H_
#define DATAHAUL_CONNECTOR_OBJECTS_STAGED_SLICES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "connector/objects/encoded_slice.h"
#include "connector/objects/object_bytes.h"
#include "connector/objects/object_sums.h"
#include "connector/objects/slice_record.h"
#include "model/object_store.h"

namespace datahaul {

// What a job has stored, in uploads and staged: by object, in order.
struct StoredOutput {
  struct Part {
    uint64_t offset = 0, length = 0;
    uint32_t crc32c = 0;
    std::string upload;  // "": it is staged
    UploadPiece piece;   // of `upload`
    ObjectRange staged;
  };
  std::map<std::string, std::vector<Part>> objects;
};

// The objects that slices write into a bucket, one each, before they are committed: where all of the slice is, and what
// of it is staged. Their names tell shard, slice and fence; a slice that is written again by who has taken the work
// over gets another. Safe for concurrent use.
class StagedSlices {
 public:
  // `store` must outlive it.
  StagedSlices(ObjectStore* store, std::string folder) : store_(store), folder_(std::move(folder)) {}

  // Durable when it returns.
  absl::Status Write(const std::string& job, const SliceStamp& stamp, const SliceRecord& record,
                     std::string_view staged) const;
  // All that receipts promise: `sums` are theirs. Of all shards, or one. DATA_LOSS if it is not there. A slice that
  // begins where an earlier one did was written in its stead.
  absl::StatusOr<StoredOutput> Load(const std::string& job, const ObjectSums& sums,
                                    std::optional<uint64_t> shard) const;

 private:
  absl::StatusOr<SliceRecord> ReadRecord(const ObjectInfo& slice) const;
  absl::Status Check(const StoredOutput& output, const ObjectSums& sums) const;

  ObjectStore* const store_;
  const std::string folder_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_STAGED_SLICES_H_

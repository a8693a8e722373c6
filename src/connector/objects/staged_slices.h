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
#include "connector/objects/object_sums.h"
#include "connector/objects/piece_numbers.h"
#include "connector/objects/slice_record.h"
#include "model/object_store.h"

namespace datahaul {

// Where the bytes of an object are, up to where its next part begins. There is one for each extent of each slice, and
// all at once when a job goes on or closes: small.
struct StoredPart {
  uint64_t offset = 0;  // in the object
  uint64_t at = 0;      // staged: where in the slice's object; uploaded: index into StoredObject::pieces
  uint32_t slice = 0;   // whose it is: index into StoredOutput::slices
  bool is_uploaded = false;
};
static_assert(sizeof(StoredPart) <= 24, "docs/adr/0012 states how much there is for each extent");

struct StoredObject {
  PieceNumbers numbers;               // behind all parts
  uint64_t end = 0;                   // of the last part
  std::vector<StoredPart> parts{};    // in order; each reaches to where the next begins
  std::string upload{};               // "": nothing of it has been uploaded
  std::vector<UploadPiece> pieces{};  // of `upload`, in order
};

// What a job has stored, in uploads and staged.
struct StoredOutput {
  std::vector<ObjectInfo> slices;  // the objects that they have written
  std::map<std::string, StoredObject> objects;
};

// The objects that slices write into a bucket, one each, before they are committed: where all of the slice is, and what
// of it is staged. Their names tell shard, slice and fence; a slice that is written again by who has taken the work
// over gets another. Safe for concurrent use.
class StagedSlices {
 public:
  // `store` must outlive it. `limits`: what pieces are numbered by.
  StagedSlices(ObjectStore* store, std::string folder, const PieceLimits& limits)
      : store_(store), folder_(std::move(folder)), limits_(limits) {}

  std::string UriOf(const std::string& job, const SliceStamp& stamp) const;
  // Durable when it returns. `bytes`: the record, and behind it what is staged.
  absl::Status Write(const std::string& job, const SliceStamp& stamp, const ByteViews& bytes) const;
  // All that receipts promise: `sums` are theirs. Of all shards, or one. Of a slice that was written several times the
  // highest fence counts. What a later slice has written at an earlier place stands there, unless its fence is lower;
  // what does not adjoin is void. DATA_LOSS if it is not all there; FAILED_PRECONDITION if pieces were numbered in
  // another way than this program does.
  absl::StatusOr<StoredOutput> Load(const std::string& job, const ObjectSums& sums,
                                    std::optional<uint64_t> shard) const;

 private:
  struct SizedRecord {
    SliceRecord record;
    uint64_t size = 0;  // bytes that it takes at the head of the slice's object
  };

  absl::StatusOr<SizedRecord> ReadRecord(const ObjectInfo& slice) const;
  absl::Status Replay(const SizedRecord& record, uint32_t slice, const ObjectSums& sums, StoredOutput* output) const;
  absl::Status Number(const std::string& object, StoredObject* stored) const;
  absl::Status Contradiction(const std::string& object, uint64_t offset) const;
  absl::Status CheckEnds(const ObjectSums& sums, const StoredOutput& output) const;

  ObjectStore* const store_;
  const std::string folder_;
  const PieceLimits limits_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_STAGED_SLICES_H_

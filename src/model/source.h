// Where records come from.
#ifndef DATAHAUL_MODEL_SOURCE_H_
#define DATAHAUL_MODEL_SOURCE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "model/digest.h"
#include "model/record.h"
#include "model/selection.h"

namespace datahaul {

// The range that a source hands out for a shard. Serialisable; `range` is opaque outside the source.
struct Partition {
  std::string ns;  // "" also where namespaces are mixed
  std::string range;
  uint64_t bytes = 0;  // about how much there is to read, for plans and progress
};

struct SourceTraits {
  enum class Rescan : uint8_t { kCheap, kCostly, kNever };
  enum class SnapshotKind : uint8_t { kNone, kTime, kSession };
  Rescan rescan = Rescan::kCheap;
  SnapshotKind snapshot = SnapshotKind::kNone;
  bool exact_counts = false;  // Snapshot::records is exact and must be met
  // It was asked to set damage aside: fewer records than Snapshot::records are stated as a loss, and not an error.
  bool accepts_loss = false;
};

// What Begin found: enough to open the same data again in another process. `state` is opaque outside the source.
struct Snapshot {
  enum class Spool : uint8_t { kNone, kFilling, kWhole };
  std::string state;
  uint64_t objects = 0;
  uint64_t bytes = 0;
  // How many records the readers will hand out in all, by the source's own account; absent where it can't tell (then
  // the report says "complete as far as the files tell"). What a selection leaves out is counted too, unless the source
  // could pass over it without reading.
  std::optional<uint64_t> records;
  // The same for RecordBatch::payload_bytes, absent where the source's account is met already or was never given. A
  // difference is noted and no error: writers were seen to count in two ways, and there may be a third.
  std::optional<uint64_t> payload_bytes;
  std::vector<KindName> kinds;     // that the source names, with records or without; need not be all
  std::vector<std::string> notes;  // what a person should know: counts not available, ignored files, …
  // Set by the engine where the source is read once. Once the spool is whole, `state` is of the spool's source.
  Spool spool = Spool::kNone;
  Digests spooled;  // of what is in the spool, once it is whole
};

// What a person should know when all of a snapshot was read, nothing was lost, and the records had `found` bytes; "" if
// that is what it says, or it says nothing.
std::string PayloadBytesNote(const Snapshot& snapshot, uint64_t found);

// One partition's records in a repeatable order. Not safe for concurrent use.
class Reader {
 public:
  virtual ~Reader() = default;
  // Clears `batch`, then fills it; an empty batch with input_bytes == 0 is the end. The batch carries its cursor.
  virtual absl::Status Read(RecordBatch* batch) = 0;
};

// Safe for concurrent use.
class Source {
 public:
  virtual ~Source() = default;
  virtual const SourceTraits& traits() const = 0;
  // Looks at what is there; reads no records.
  virtual absl::StatusOr<Snapshot> Begin(const Selection& selection) = 0;
  // rest == null: the whole, as one partition for each namespace it can be told apart by (a source without any: one,
  // ns ""). Otherwise: what is left of `rest` after `after`, in source order, in pieces of about `target_bytes`.
  virtual absl::StatusOr<std::vector<Partition>> Split(const Snapshot& snapshot, const Selection& selection,
                                                       const Partition* rest, const Cursor& after,
                                                       uint64_t target_bytes) = 0;
  // Every record that the selection does not filter out is the engine's to count: readers hand out all records.
  virtual absl::StatusOr<std::unique_ptr<Reader>> Open(const Snapshot& snapshot, const Partition& partition,
                                                       const Cursor& resume_after) = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_SOURCE_H_

// Where records go.
#ifndef DATAHAUL_MODEL_SINK_H_
#define DATAHAUL_MODEL_SINK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "model/receipt.h"
#include "model/record.h"
#include "model/schema.h"
#include "model/selection.h"

namespace datahaul {

enum class IfExists : uint8_t { kFail, kReplace, kAppend };
enum class Outcome : uint8_t { kSucceeded, kDiscarded };

// A slice: the `slice`-th piece of shard `shard`, both counted from 0 in output order.
struct SliceId {
  std::string job;
  uint64_t shard = 0;
  uint64_t slice = 0;
};

// Rises whenever the work changes hands; an older holder's writes are void.
using Fence = uint64_t;

struct SinkTraits {
  enum class Delivery : uint8_t { kPublished, kTransactional, kIdempotent, kAtLeastOnce };
  Delivery delivery = Delivery::kPublished;
  // Output has one order: slices are placed and committed in the order of their SliceId, by one process at a time.
  bool ordered = false;
  bool needs_schema = false;
  bool accepts_deletes = false;
  uint64_t slice_bytes = 4 << 20;  // about how much input one slice should hold
};

// What a sink is told of the job it serves.
struct JobContext {
  std::string job;
  std::string data_dir;               // absolute; names the job's home in a claim
  std::span<const Extent> committed;  // all that receipts have promised so far, joined; empty in a new job
  bool resumed = false;               // the destination was prepared before by this same job
  // With needs_schema: of every kind that is written; the same, and in place, for as long as the sink lives. Null while
  // it is not planned yet, and when the output is discarded.
  const Schema* schema = nullptr;
  // Prepare only: asks whether the job is still the caller's to prepare; unset: it is.
  std::function<absl::Status()> still_held;
  absl::Status StillHeld() const { return still_held ? still_held() : absl::OkStatus(); }
  // Close(kSucceeded) only: what the manifest says beside the objects.
  std::string source;  // address, without secrets
  const Selection* selection = nullptr;
  const Counters* counters = nullptr;
  const Digests* digests = nullptr;
  std::vector<std::string> notes;
};

// Destroyed without Commit() = abandoned: leaves nothing that counts. Not safe for concurrent use.
class Writer {
 public:
  virtual ~Writer() = default;
  // Writes the records of `batch` at `rows` (ascending indexes into batch.records), and keeps batch.rejects and
  // batch.lost where the sink has a place for them. Called once for each batch. Sets hashes[i] to the hash of the
  // record at rows[i] (docs/formats/digest.md): who has just written a record knows it nearly for free.
  virtual absl::Status Write(const RecordBatch& batch, std::span<const uint32_t> rows, std::span<Hash128> hashes) = 0;
  // True when the slice should end at this batch, because what is held in memory has reached its bound. Depends on the
  // records alone, so that every run cuts the same slices.
  virtual bool full() const = 0;
  // Ends the slice: after it, the size of all that it holds is known (encoders flushed, members compressed). Called
  // once, after the last Write; the slices of several writers may finish at once.
  virtual absl::Status Finish() = 0;
  // Ordered sinks: fixes where the slice's bytes go. Called in output order, once, after Finish. No I/O.
  virtual absl::Status Place() { return absl::OkStatus(); }
  // After Finish: adds what should be reported though nothing failed ("non_finite" numbers that became null).
  virtual void AddCounters(Counters* counters) const { (void)counters; }
  // Returns only when durable. Several writers' Commits may run at once, after their Place.
  virtual absl::StatusOr<Receipt> Commit() = 0;
};

// Safe for concurrent use.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual const SinkTraits& traits() const = 0;
  // Checks credentials and room, claims the destination, and puts it into the state that context.committed describes
  // (what lies beyond is cut off). Before any data, again after a resume, and again after a failed slice once no Writer
  // is alive. From context.StillHeld(), which must be OK, to the last change no other process of the job can prepare or
  // close: one that was frozen in between would cut off what its successor has written meanwhile. A sink that needs a
  // schema is prepared without one before the source is scanned, so that a destination that is taken is refused at
  // once, then with it before the first Open; where there is nothing to write, Close is the first to bring it.
  virtual absl::Status Prepare(const JobContext& context) = 0;
  // A sink that is not ordered may be written by several processes at once. Before `slice`, other than the first of its
  // shard, is opened by who did not just commit the one before it: `committed` is all that was promised of the job, by
  // whomever.
  virtual absl::Status Continue(const SliceId& slice, std::span<const Extent> committed) {
    (void)slice, (void)committed;
    return absl::OkStatus();
  }
  virtual absl::StatusOr<std::unique_ptr<Writer>> Open(const SliceId& slice, Fence fence) = 0;
  // Publishes all that is committed (kSucceeded; may be repeated after a crash) or removes every trace (kDiscarded).
  virtual absl::StatusOr<Receipt> Close(const JobContext& context, Outcome outcome) = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_SINK_H_

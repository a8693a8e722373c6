// A sink that writes lines into a MemoryDestination, and watches that its callers keep the Sink contract.
#ifndef DATAHAUL_TESTING_MEMORY_SINK_H_
#define DATAHAUL_TESTING_MEMORY_SINK_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/sink.h"
#include "testing/fault.h"
#include "testing/memory_destination.h"

namespace datahaul {

struct MemorySinkOptions {
  // Ordered: one object a kind, written in place. Else: one object a kind, slice and fence.
  bool ordered = true;
  uint64_t slice_bytes = 100;
  uint64_t full_bytes = ~uint64_t{0};  // of output held: Writer::full()
  // Checks that the schema is there whenever it must be, and always the same; Close publishes it as "_schema".
  bool needs_schema = false;
  // A spool: all goes into one object, as offsets in the source, which must be a MemorySource: MemorySpool reads it.
  // Discarded, nothing is left of it, published or not. Not ordered.
  bool spool = false;
};

// The line that stands for a record, and the object (without a slice's part of the name) that it goes to.
std::string MemoryLine(const Record& record);
Hash128 MemoryHash(const Record& record);  // FNV-1a of that line: good enough to tell test records apart
std::string MemoryObjectName(std::string_view ns, std::string_view kind);

inline constexpr char kMemorySchema[] = "_schema";  // the object

// Calls asked for faults: sink.prepare, sink.open, sink.close (once an object), writer.write, writer.finish,
// writer.place, writer.commit, writer.sync. `destination` must outlive the sink and its writers. Destroying it changes
// nothing, as when a process dies.
class MemorySink final : public Sink {
 public:
  MemorySink(MemoryDestination* destination, MemorySinkOptions options, FaultHook fault = {});
  const SinkTraits& traits() const override { return traits_; }
  absl::Status Prepare(const JobContext& context) override;
  absl::StatusOr<std::unique_ptr<Writer>> Open(const SliceId& slice, Fence fence) override;
  absl::StatusOr<Receipt> Close(const JobContext& context, Outcome outcome) override;

 private:
  friend class MemoryWriter;

  // destination_->mutex held:
  void Expect(bool kept, std::string breach);
  void ExpectKept(const JobContext& context);
  void CutToCommitted(const JobContext& context);
  absl::StatusOr<std::shared_ptr<MemoryObject>> OpenObject(const std::string& object);
  absl::Status Publish(const JobContext& context);
  void ExpectSchema(const JobContext& context, bool must);

  MemoryDestination* const destination_;
  const MemorySinkOptions options_;
  const FaultHook fault_;
  SinkTraits traits_;
  // Guarded by destination_->mutex:
  int writers_ = 0;
  std::string job_;
  std::map<std::string, std::shared_ptr<MemoryObject>> open_;
  std::map<std::string, uint64_t> ends_;
  std::optional<std::pair<uint64_t, uint64_t>> last_placed_;
  const Schema* schema_ = nullptr;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_MEMORY_SINK_H_

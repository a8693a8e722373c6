#ifndef DATAHAUL_REGISTRY_SPOOL_SINK_H_
#define DATAHAUL_REGISTRY_SPOOL_SINK_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "model/object_store.h"
#include "model/sink.h"

namespace datahaul {

// The sink of a spool (Connectors::SpoolOf): rejects and lost ranges go among the records of `inner`, and a spool that
// is discarded is gone, published or not. Safe for concurrent use.
class SpoolSink final : public Sink {
 public:
  // `inner` writes into `folder`, which is the job's alone. `store` is the folder's; null for local ones. It must
  // outlive the sink.
  SpoolSink(std::unique_ptr<Sink> inner, ObjectStore* store, std::string folder)
      : inner_(std::move(inner)), store_(store), folder_(std::move(folder)) {}

  const SinkTraits& traits() const override { return inner_->traits(); }
  absl::Status Prepare(const JobContext& context) override;
  absl::Status Continue(const SliceId& slice, std::span<const Extent> committed) override {
    return inner_->Continue(slice, committed);
  }
  absl::StatusOr<std::unique_ptr<Writer>> Open(const SliceId& slice, Fence fence) override;
  absl::StatusOr<Receipt> Close(const JobContext& context, Outcome outcome) override;

 private:
  absl::Status RemoveAll() const;

  const std::unique_ptr<Sink> inner_;
  ObjectStore* const store_;
  const std::string folder_;
};

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_SPOOL_SINK_H_

#ifndef DATAHAUL_REGISTRY_KEYS_INDEX_SINK_H_
#define DATAHAUL_REGISTRY_KEYS_INDEX_SINK_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "job/engine.h"

namespace datahaul {

// A sink into a local folder whose keys index is kept true to it: written anew where the job asks for one, else
// removed. The new index takes its place after the output has; a discarded job leaves the old one alone. Safe for
// concurrent use.
class KeysIndexSink final : public Sink {
 public:
  // `connectors` opens the source again, and must outlive the sink. `wanted`: the job asks for an index.
  KeysIndexSink(std::unique_ptr<Sink> inner, Connectors* connectors, JobSpec spec, std::string folder, bool wanted)
      : inner_(std::move(inner)),
        connectors_(connectors),
        spec_(std::move(spec)),
        folder_(std::move(folder)),
        wanted_(wanted) {}

  const SinkTraits& traits() const override { return inner_->traits(); }
  absl::Status Prepare(const JobContext& context) override { return inner_->Prepare(context); }
  absl::Status Continue(const SliceId& slice, std::span<const Extent> committed) override {
    return inner_->Continue(slice, committed);
  }
  absl::StatusOr<std::unique_ptr<Writer>> Open(const SliceId& slice, Fence fence) override {
    return inner_->Open(slice, fence);
  }
  absl::StatusOr<Receipt> Close(const JobContext& context, Outcome outcome) override;

 private:
  absl::Status WriteNew(const JobContext& context, const std::string& folder) const;
  absl::Status Swap(const std::string& new_folder) const;

  const std::unique_ptr<Sink> inner_;
  Connectors* const connectors_;
  const JobSpec spec_;
  const std::string folder_;
  const bool wanted_;
};

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_KEYS_INDEX_SINK_H_

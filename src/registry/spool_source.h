#ifndef DATAHAUL_REGISTRY_SPOOL_SOURCE_H_
#define DATAHAUL_REGISTRY_SPOOL_SOURCE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "model/source.h"

namespace datahaul {

// The source of a spool (Connectors::SpoolOf): hands out what its SpoolSink was given. Safe for concurrent use.
class SpoolSource final : public Source {
 public:
  // `origin` is the address of the source that was spooled. Batches name it as their object: the spool's own objects
  // are gone when somebody reads messages about them.
  SpoolSource(std::unique_ptr<Source> inner, std::string origin)
      : inner_(std::move(inner)), origin_(std::move(origin)) {}

  const SourceTraits& traits() const override { return inner_->traits(); }
  absl::StatusOr<Snapshot> Begin(const Selection& selection) override { return inner_->Begin(selection); }
  absl::StatusOr<std::vector<Partition>> Split(const Snapshot& snapshot, const Selection& selection,
                                               const Partition* rest, const Cursor& after,
                                               uint64_t target_bytes) override {
    return inner_->Split(snapshot, selection, rest, after, target_bytes);
  }
  absl::StatusOr<std::unique_ptr<Reader>> Open(const Snapshot& snapshot, const Partition& partition,
                                               const Cursor& resume_after) override;

 private:
  const std::unique_ptr<Source> inner_;
  const std::string origin_;
};

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_SPOOL_SOURCE_H_

#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_SOURCE_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_SOURCE_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connector/objects/data_set.h"
#include "connector/objects/object_list.h"
#include "model/format.h"
#include "model/object_store.h"
#include "model/source.h"

namespace datahaul {

// Reads a data set made of objects of one format: a managed export, or files that datahaul wrote. It has no namespaces
// of its own: they are mixed within objects. Its counts, where there are any, are exact. Safe for concurrent use.
class ObjectsSource : public Source {
 public:
  // `find` looks for the objects anew each time. `store` and `format` must outlive the source and its readers.
  ObjectsSource(ObjectStore* store, const Format* format, std::function<absl::StatusOr<DataSet>()> find,
                DecodeOptions options);

  const SourceTraits& traits() const override { return traits_; }
  absl::StatusOr<Snapshot> Begin(const Selection& selection) override;
  absl::StatusOr<std::vector<Partition>> Split(const Snapshot& snapshot, const Selection& selection,
                                               const Partition* rest, const Cursor& after,
                                               uint64_t target_bytes) override;
  absl::StatusOr<std::unique_ptr<Reader>> Open(const Snapshot& snapshot, const Partition& partition,
                                               const Cursor& resume_after) override;

 private:
  using Objects = std::shared_ptr<const ObjectList>;
  absl::StatusOr<Objects> ObjectsOf(const Snapshot& snapshot);

  ObjectStore* const store_;
  const Format* const format_;
  const std::function<absl::StatusOr<DataSet>()> find_;
  const DecodeOptions options_;
  const SourceTraits traits_;

  std::mutex mutex_;  // guards what follows: the list parsed last, as every slice asks for it
  std::string state_;
  Objects objects_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECTS_SOURCE_H_

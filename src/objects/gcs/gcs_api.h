#ifndef DATAHAUL_OBJECTS_GCS_GCS_API_H_
#define DATAHAUL_OBJECTS_GCS_GCS_API_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/object_store.h"
#include "objects/gcs/gcs_client.h"
#include "objects/gcs/gcs_object.h"
#include "objects/gcs/gcs_uri.h"

namespace datahaul {

// The methods of the JSON API that are used here. `action` is for messages. Safe for concurrent use.
class GcsApi {
 public:
  static constexpr size_t kMostComposed = 32;

  // `client` must outlive it.
  explicit GcsApi(GcsClient* client) : client_(client) {}

  // NOT_FOUND if there is no such object (IsAbsentInGcs) or bucket.
  absl::StatusOr<GcsObject> Look(std::string_view action, const GcsUri& object);
  // OK if there is such a bucket.
  absl::Status CheckBucket(std::string_view action, const std::string& bucket);
  // All objects whose keys begin with that of `prefix`.
  absl::StatusOr<std::vector<GcsObject>> List(std::string_view action, const GcsUri& prefix);
  // Writes a whole object in one request, with the checksum that the store compares.
  absl::StatusOr<GcsObject> Insert(std::string_view action, const GcsUri& object, const ByteViews& bytes,
                                   const Precondition& when);
  absl::Status Delete(std::string_view action, const GcsUri& object, const Precondition& when = {});  // absent is fine
  // Makes `target` of `sources` in the same bucket, kMostComposed at most: of just these generations.
  absl::StatusOr<GcsObject> Compose(std::string_view action, const GcsUri& target, std::span<const GcsObject> sources,
                                    const Precondition& when);
  // Copies an object on the store's side. ABORTED if `generation` of it is not there any more.
  absl::StatusOr<GcsObject> Copy(std::string_view action, const GcsUri& source, std::string_view generation,
                                 const GcsUri& target);

 private:
  GcsClient* const client_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_GCS_API_H_

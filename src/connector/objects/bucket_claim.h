#ifndef DATAHAUL_CONNECTOR_OBJECTS_BUCKET_CLAIM_H_
#define DATAHAUL_CONNECTOR_OBJECTS_BUCKET_CLAIM_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

#include "connector/objects/claim_text.h"
#include "model/object_store.h"

namespace datahaul {

// A job's exclusive hold on a folder of a bucket: the object `.datahaul-claim`, of which the store lets one be made. It
// outlives processes; only the job itself removes it. Safe for concurrent use.
class BucketClaim {
 public:
  // `store` must outlive it.
  BucketClaim(ObjectStore* store, std::string folder) : store_(store), folder_(std::move(folder)) {}

  // As Claim's. `holder.taker` must be another at each call: when the answer to a request is lost, the store is asked
  // whether the claim is the caller's. What the job had already becomes the taker's.
  absl::StatusOr<bool> Take(const ClaimHolder& holder) const;
  absl::StatusOr<bool> IsHeldBy(const std::string& job) const;
  // No-op unless `job` holds it, and, where `taker` is given, it is the last to have taken it. Never removes what
  // somebody takes meanwhile.
  absl::Status Release(const std::string& job, std::string_view taker = "") const;

 private:
  struct Found {
    ClaimHolder holder;
    std::string version;
  };

  absl::StatusOr<std::optional<Found>> Read() const;
  std::string uri() const;

  ObjectStore* const store_;
  const std::string folder_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_BUCKET_CLAIM_H_

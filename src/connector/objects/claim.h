#ifndef DATAHAUL_CONNECTOR_OBJECTS_CLAIM_H_
#define DATAHAUL_CONNECTOR_OBJECTS_CLAIM_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "connector/objects/claim_text.h"
#include "io/file.h"

namespace datahaul {

// A job's exclusive hold on a destination folder: the file `.datahaul-claim`, which appears whole or not at all and
// names the job. It outlives processes; only the job itself removes it. Safe for concurrent use.
class Claim {
 public:
  using Holder = ClaimHolder;

  explicit Claim(std::string folder) : folder_(std::move(folder)) {}

  // Takes the claim for `holder`. True if it was free, false if that job had it already. FAILED_PRECONDITION naming the
  // other job and how to end it if it is taken.
  absl::StatusOr<bool> Take(const Holder& holder) const;
  // Nothing if the destination is free.
  absl::StatusOr<std::optional<Holder>> Read() const;
  absl::StatusOr<bool> IsHeldBy(const std::string& job) const;
  // Holds off the job's other processes until the file is closed, be it because this process dies: two must not change
  // what is there at once. Nothing if `job` does not hold the claim; ABORTED, to be tried again, while another process
  // holds it off. Where the file system has no locks, nobody is held off.
  absl::StatusOr<std::optional<File>> Lock(const std::string& job) const;
  absl::Status Release(const std::string& job) const;  // no-op unless `job` holds it

 private:
  std::string path() const;
  std::string temporary_path(const std::string& job) const;
  absl::Status Make(const Holder& holder) const;  // ALREADY_EXISTS if it is taken
  absl::Status Busy(const std::string& job) const;

  const std::string folder_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_CLAIM_H_

#include "connector/objects/bucket_claim.h"

#include "base/status.h"
#include "connector/objects/object_bytes.h"
#include "io/folder.h"

namespace datahaul {

std::string BucketClaim::uri() const { return JoinPath(folder_, kClaimName); }

absl::StatusOr<bool> BucketClaim::Take(const ClaimHolder& holder) const {
  absl::Status made = store_->Write(uri(), ToText(holder), Precondition::Absent());
  if (made.ok()) return true;
  if (made.code() != absl::StatusCode::kAlreadyExists) return made;
  DH_ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadWhole(*store_, uri()));
  if (!text) return Take(holder);  // released meanwhile
  const ClaimHolder other = ParseClaim(*text);
  if (other.job != holder.job) return ClaimTaken(folder_, other);
  return false;
}

absl::StatusOr<bool> BucketClaim::IsHeldBy(const std::string& job) const {
  DH_ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadWhole(*store_, uri()));
  return text && ParseClaim(*text).job == job;
}

absl::Status BucketClaim::Release(const std::string& job) const {
  DH_ASSIGN_OR_RETURN(const bool ours, IsHeldBy(job));
  return ours ? store_->Delete(uri()) : absl::OkStatus();
}

}  // namespace datahaul

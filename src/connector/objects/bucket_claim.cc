#include "connector/objects/bucket_claim.h"

#include "base/status.h"
#include "connector/objects/object_bytes.h"
#include "io/folder.h"

namespace datahaul {

std::string BucketClaim::uri() const { return JoinPath(folder_, kClaimName); }

absl::StatusOr<std::optional<BucketClaim::Found>> BucketClaim::Read() const {
  std::string version;
  DH_ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadWhole(*store_, uri(), &version));
  if (!text) return std::nullopt;
  return Found{ParseClaim(*text), std::move(version)};
}

absl::StatusOr<bool> BucketClaim::Take(const ClaimHolder& holder) const {
  absl::Status made = store_->Write(uri(), ToText(holder), Precondition::Absent());
  if (made.ok()) return true;
  if (made.code() != absl::StatusCode::kAlreadyExists) return made;
  DH_ASSIGN_OR_RETURN(const std::optional<Found> found, Read());
  if (!found) return Take(holder);  // released meanwhile
  if (found->holder.job != holder.job) return ClaimTaken(folder_, found->holder);
  // Who took it before, and has lost the job since, must not release it any more.
  const absl::Status taken = store_->Write(uri(), ToText(holder), Unchanged(*store_, found->version));
  if (taken.code() == absl::StatusCode::kAborted) return Take(holder);  // so does another process of the job
  if (taken.code() == absl::StatusCode::kUnimplemented) return false;   // where that cannot be, the claim stays his
  DH_RETURN_IF_ERROR(taken);
  return false;
}

absl::StatusOr<bool> BucketClaim::IsHeldBy(const std::string& job) const {
  DH_ASSIGN_OR_RETURN(const std::optional<Found> found, Read());
  return found && found->holder.job == job;
}

absl::Status BucketClaim::Release(const std::string& job, std::string_view taker) const {
  DH_ASSIGN_OR_RETURN(const std::optional<Found> found, Read());
  if (!found || found->holder.job != job || (!taker.empty() && found->holder.taker != taker)) return absl::OkStatus();
  absl::Status removed = store_->Delete(uri(), Unchanged(*store_, found->version));
  return removed.code() == absl::StatusCode::kAborted ? Release(job, taker) : removed;  // taken anew, by whom?
}

}  // namespace datahaul

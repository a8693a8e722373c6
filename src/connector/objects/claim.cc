#include "connector/objects/claim.h"

#include <cerrno>
#include <string_view>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#include "base/status.h"
#include "base/text.h"
#include "io/file.h"
#include "io/folder.h"

namespace datahaul {
namespace {

absl::Status WriteText(const std::string& path, File::Mode mode, std::string_view text) {
  DH_ASSIGN_OR_RETURN(const File file, File::Open(path, mode));
  DH_RETURN_IF_ERROR(file.Truncate(0));
  return file.WriteAt(0, {&text, 1});
}

}  // namespace

std::string Claim::path() const { return JoinPath(folder_, kClaimName); }
std::string Claim::temporary_path(const std::string& job) const { return StrCat(path(), ".", job); }

absl::StatusOr<bool> Claim::Take(const Holder& holder) const {
  absl::Status made = Make(holder);
  if (made.ok()) return true;
  if (made.code() != absl::StatusCode::kAlreadyExists) return made;
  DH_ASSIGN_OR_RETURN(const std::optional<Holder> other, Read());
  if (!other) return Take(holder);  // released meanwhile
  if (other->job != holder.job) return ClaimTaken(folder_, *other);
  return false;
}

absl::Status Claim::Make(const Holder& holder) const {
  const std::string text = ToText(holder), temporary = temporary_path(holder.job);
  DH_RETURN_IF_ERROR(WriteText(temporary, File::Mode::kCreate, text));
  // A link appears with its contents, and never in the place of another.
  const int error = ::link(temporary.c_str(), path().c_str()) == 0 ? 0 : errno;
  DH_RETURN_IF_ERROR(RemoveFile(temporary));
  if (error == 0) return absl::OkStatus();
  // Some file systems have no links: there, a crash just now would leave a claim that names nobody.
  if (error == EPERM || error == EOPNOTSUPP) return WriteText(path(), File::Mode::kCreateNew, text);
  return FileError(error, "claiming the destination", folder_);
}

absl::StatusOr<std::optional<Claim::Holder>> Claim::Read() const {
  const absl::StatusOr<std::string> text = ReadFile(path());
  if (text.ok()) return ParseClaim(*text);
  if (text.status().code() == absl::StatusCode::kNotFound) return std::nullopt;
  return text.status();
}

absl::StatusOr<bool> Claim::IsHeldBy(const std::string& job) const {
  DH_ASSIGN_OR_RETURN(const std::optional<Holder> holder, Read());
  return holder && holder->job == job;
}

absl::StatusOr<std::optional<File>> Claim::Lock(const std::string& job) const {
  absl::StatusOr<File> file = File::Open(path(), File::Mode::kWrite);
  if (file.status().code() == absl::StatusCode::kNotFound) return std::nullopt;
  DH_RETURN_IF_ERROR(file.status());
  if (::flock(file->fd(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error == EWOULDBLOCK) return Busy(job);
    if (error != ENOLCK && error != EOPNOTSUPP && error != ENOSYS) return FileError(error, "locking", path());
  }
  // Asked only now: before, it may have been released, and taken by another job.
  struct stat locked, named;
  if (::fstat(file->fd(), &locked) != 0 || ::stat(path().c_str(), &named) != 0) return std::nullopt;
  DH_ASSIGN_OR_RETURN(const bool ours, IsHeldBy(job));
  if (!ours || locked.st_ino != named.st_ino || locked.st_dev != named.st_dev) return std::nullopt;
  return std::optional<File>(*std::move(file));
}

absl::Status Claim::Release(const std::string& job) const {
  DH_RETURN_IF_ERROR(RemoveFile(temporary_path(job)));
  DH_ASSIGN_OR_RETURN(const bool ours, IsHeldBy(job));
  return ours ? RemoveFile(path()) : absl::OkStatus();
}

absl::Status Claim::Busy(const std::string& job) const {
  return WithRetry(absl::AbortedError(StrCat("locking ", path(), ": another process is preparing or closing job ", job,
                                             " there; if it is frozen, wake or end it")),
                   Retry::kTask);
}

}  // namespace datahaul

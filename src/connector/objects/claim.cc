#include "connector/objects/claim.h"

#include <cerrno>
#include <charconv>
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

std::string ToText(const Claim::Holder& holder) {
  return StrCat("job ", holder.job, "\nmade-folders ", holder.made_folders, "\ndata-dir ", holder.data_dir, "\n");
}

// What follows `name` and a space at the beginning of a line. The folder stands last, and may hold anything.
std::string_view Line(std::string_view text, std::string_view name, bool to_end) {
  const std::string key = StrCat(name, " ");
  size_t begin = text.starts_with(key) ? 0 : text.find(StrCat("\n", key));
  if (begin == std::string_view::npos) return "";
  begin += key.size() + (begin == 0 ? 0 : 1);
  const size_t end = to_end ? text.size() - 1 : text.find('\n', begin);
  return text.substr(begin, end - begin);
}

Claim::Holder Parse(std::string_view text) {
  Claim::Holder holder;
  holder.job = Line(text, "job", false);
  holder.data_dir = Line(text, "data-dir", true);
  const std::string_view made = Line(text, "made-folders", false);
  std::from_chars(made.data(), made.data() + made.size(), holder.made_folders);
  return holder;
}

absl::Status WriteText(const std::string& path, File::Mode mode, std::string_view text) {
  DH_ASSIGN_OR_RETURN(const File file, File::Open(path, mode));
  DH_RETURN_IF_ERROR(file.Truncate(0));
  return file.WriteAt(0, {&text, 1});
}

}  // namespace

std::string Claim::path() const { return JoinPath(folder_, ".datahaul-claim"); }
std::string Claim::temporary_path(const std::string& job) const { return StrCat(path(), ".", job); }

absl::StatusOr<bool> Claim::Take(const Holder& holder) const {
  absl::Status made = Make(holder);
  if (made.ok()) return true;
  if (made.code() != absl::StatusCode::kAlreadyExists) return made;
  DH_ASSIGN_OR_RETURN(const std::optional<Holder> other, Read());
  if (!other) return Take(holder);  // released meanwhile
  if (other->job != holder.job) return Taken(*other);
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
  if (text.ok()) return Parse(*text);
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

absl::Status Claim::Taken(const Holder& other) const {
  const bool is_url = other.data_dir.find("://") != std::string::npos;
  const std::string home = StrCat(is_url ? " --job-store " : " --data-dir ", other.data_dir);
  return HumanError(StrCat("preparing ", folder_, ": job ", other.job, " of ", other.data_dir,
                           " has claimed this destination; end it with `datahaul jobs resume ", other.job, home,
                           "` or `datahaul jobs cancel ", other.job, home,
                           "`, or, if that job is gone for good, remove ", path()));
}

}  // namespace datahaul

#include "io/folder.h"

#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <system_error>
#include <unistd.h>

#include <sys/stat.h>

#include "base/status.h"
#include "base/text.h"
#include "io/file.h"

namespace datahaul {
namespace {

constexpr int kMostLevels = 64;  // a loop of links would go on for ever

struct CloseFolder {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

class Walk {
 public:
  Walk(const std::string& root, const std::function<bool(const FoundFile&)>& visit) : root_(root), visit_(visit) {}

  // False when the visitor wants no more. `prefix` ends in a slash unless it is empty.
  absl::StatusOr<bool> Visit(const std::string& prefix, int level) {
    const std::string folder = prefix.empty() ? root_ : JoinPath(root_, prefix);
    if (level > kMostLevels) return HumanError(StrCat("listing ", folder, ": nested too deeply; a loop of links?"));
    const std::unique_ptr<DIR, CloseFolder> dir(::opendir(folder.c_str()));
    if (dir == nullptr) return FileError(errno, "listing", folder);
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(dir.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      DH_ASSIGN_OR_RETURN(const bool more, VisitEntry(StrCat(prefix, name), level));
      if (!more) return false;
    }
    if (errno != 0) return FileError(errno, "listing", folder);
    return true;
  }

 private:
  absl::StatusOr<bool> VisitEntry(const std::string& name, int level) {
    const std::string path = JoinPath(root_, name);
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) {
      if (errno == ENOENT) return true;  // a link to nothing, or gone since
      return FileError(errno, "looking at", path);
    }
    if (S_ISDIR(info.st_mode)) return Visit(name + "/", level + 1);
    return !S_ISREG(info.st_mode) || visit_({name, static_cast<uint64_t>(info.st_size), FileVersion(info)});
  }

  const std::string& root_;
  const std::function<bool(const FoundFile&)>& visit_;
};

}  // namespace

absl::StatusOr<std::optional<FileInfo>> StatFile(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0) {
    return FileInfo{static_cast<uint64_t>(info.st_size), static_cast<bool>(S_ISDIR(info.st_mode)), FileVersion(info)};
  }
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  return FileError(errno, "looking at", path);
}

absl::Status WalkFiles(const std::string& folder, const std::function<bool(const FoundFile&)>& visit) {
  return Walk(folder, visit).Visit("", 0).status();
}

absl::StatusOr<int> MakeFolders(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0777) == 0) return 1;
  const int error = errno;
  if (error == EEXIST) {
    DH_ASSIGN_OR_RETURN(const auto info, StatFile(folder));
    if (info && info->is_folder) return 0;
    return HumanError(StrCat("making the folder ", folder, ": a file of that name is in the way; move it, or choose ",
                             "another destination"));
  }
  const std::string parent = ParentFolder(folder);
  if (error != ENOENT || parent == folder) return FileError(error, "making the folder", folder);
  DH_ASSIGN_OR_RETURN(const int made, MakeFolders(parent));
  if (::mkdir(folder.c_str(), 0777) == 0) return made + 1;
  if (errno == EEXIST) return made;  // another made it meanwhile, or "x/." names a parent again
  return FileError(errno, "making the folder", folder);
}

absl::Status SyncFolder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError(errno, "opening the folder", folder);
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  // Some network file systems can't sync a folder, and say so by EINVAL: then there is nothing more to do.
  if (error != 0 && error != EINVAL) return FileError(error, "syncing the folder", folder);
  return absl::OkStatus();
}

absl::Status RenameFile(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return FileError(errno, StrCat("renaming ", from, " to"), to);
}

absl::Status LinkFile(const std::string& from, const std::string& to) {
  return ::link(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : FileError(errno, "creating", to);
}

absl::Status RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return absl::OkStatus();
  return FileError(errno, "removing", path);
}

absl::Status RemoveFolderIfEmpty(const std::string& path) {
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST) return absl::OkStatus();
  return FileError(errno, "removing the folder", path);
}

absl::Status RemoveTree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  const bool absent = error == std::errc::not_a_directory;  // a file where a folder above it should be
  return error && !absent ? FileError(error.value(), "removing", path) : absl::OkStatus();
}

std::string ParentFolder(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::string JoinPath(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  return StrCat(folder, folder.back() == '/' ? "" : "/", name);
}

}  // namespace datahaul

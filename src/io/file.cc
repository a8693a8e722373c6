#include "io/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>
#include <vector>

#include <sys/stat.h>
#include <sys/uio.h>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr size_t kMostPieces = 1024;  // what Linux takes in one pwritev (IOV_MAX)

std::string_view RemedyOf(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "; give this user the permission, or choose another place";
    case EROFS:
      return "; choose a place that can be written";
    case EFBIG:
      return "; raise the limit of file sizes (ulimit -f), then resume the job";
    case EMFILE:
      return "; raise the limit of open files (ulimit -n)";
    case ENOENT:
      return "; check the path";
    case ENOTDIR:
      return "; a part of the path is a file, not a folder";
    default:
      return "";
  }
}

int FlagsOf(File::Mode mode) {
  switch (mode) {
    case File::Mode::kRead:
      return O_RDONLY;
    case File::Mode::kWrite:
      return O_RDWR;
    case File::Mode::kCreate:
      return O_RDWR | O_CREAT;
    case File::Mode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

std::string_view ActionOf(File::Mode mode) { return mode == File::Mode::kRead ? "opening" : "opening for writing"; }

// Drops `size` bytes from the front of what is still to be written, and pieces that are empty.
void Consume(std::span<iovec>& left, size_t size) {
  while (!left.empty() && size >= left[0].iov_len) {
    size -= left[0].iov_len;
    left = left.subspan(1);
  }
  if (size == 0) return;
  left[0].iov_base = static_cast<char*>(left[0].iov_base) + size;
  left[0].iov_len -= size;
}

absl::Status EndsEarly(const File& file, uint64_t end, uint64_t expected) {
  return DataError(
      StrCat("reading ", file.path(), " at byte ", end, ": the file ends here, expected ", expected, " bytes"));
}

absl::Status CopyByReading(const File& from, const File& to, uint64_t begin, uint64_t end) {
  std::vector<char> buffer(1 << 20);
  while (begin < end) {
    DH_ASSIGN_OR_RETURN(const size_t got,
                        from.ReadAt(begin, buffer.data(), std::min<uint64_t>(buffer.size(), end - begin)));
    if (got == 0) return EndsEarly(from, begin, end);
    const std::string_view bytes(buffer.data(), got);
    DH_RETURN_IF_ERROR(to.WriteAt(begin, {&bytes, 1}));
    begin += got;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FileError(int error, std::string_view action, std::string_view path) {
  const absl::Status status = ErrnoError(error, StrCat(action, " ", path));
  absl::Status result(status.code(), StrCat(Message(status), RemedyOf(error)));
  return WithRetry(result, error == EFBIG ? Retry::kHuman : RetryOf(status));
}

std::string FileVersion(const struct stat& info) {
  return StrCat(info.st_ino, "-", info.st_size, "-", info.st_ctim.tv_sec, "-", info.st_ctim.tv_nsec);
}

absl::StatusOr<File> File::Open(std::string path, Mode mode) {
  int fd;
  do {
    fd = ::open(path.c_str(), FlagsOf(mode) | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return FileError(errno, ActionOf(mode), path);
  return File(std::move(path), fd);
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

absl::StatusOr<uint64_t> File::Size() const {
  struct stat info;
  if (::fstat(fd_, &info) != 0) return FileError(errno, "asking for the size of", path_);
  if (S_ISDIR(info.st_mode)) return FileError(EISDIR, "reading", path_);
  return static_cast<uint64_t>(info.st_size);
}

absl::StatusOr<std::string> File::Version() const {
  struct stat info;
  if (::fstat(fd_, &info) != 0) return FileError(errno, "looking at", path_);
  return FileVersion(info);
}

absl::StatusOr<size_t> File::ReadAt(uint64_t offset, char* out, size_t size) const {
  size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(fd_, out + done, size - done, static_cast<off_t>(offset + done));
    if (got == 0) break;
    if (got > 0) {
      done += static_cast<size_t>(got);
    } else if (errno != EINTR) {
      return FileError(errno, "reading", StrCat(path_, " at byte ", offset + done));
    }
  }
  return done;
}

absl::Status File::WriteAt(uint64_t offset, std::span<const std::string_view> pieces) const {
  std::vector<iovec> vectors;
  vectors.reserve(pieces.size());
  for (std::string_view piece : pieces) vectors.push_back({const_cast<char*>(piece.data()), piece.size()});
  std::span<iovec> left = vectors;
  Consume(left, 0);
  while (!left.empty()) {
    const int count = static_cast<int>(std::min(left.size(), kMostPieces));
    const ssize_t wrote = ::pwritev(fd_, left.data(), count, static_cast<off_t>(offset));
    if (wrote >= 0) {
      offset += static_cast<uint64_t>(wrote);
      Consume(left, static_cast<size_t>(wrote));
    } else if (errno != EINTR) {
      return FileError(errno, "writing", StrCat(path_, " at byte ", offset));
    }
  }
  return absl::OkStatus();
}

absl::Status File::Truncate(uint64_t size) const {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) {
    return FileError(errno, StrCat("cutting to ", size, " bytes"), path_);
  }
  return absl::OkStatus();
}

absl::Status File::Sync() const {
  if (::fdatasync(fd_) != 0) return FileError(errno, "syncing", path_);
  return absl::OkStatus();
}

absl::Status File::SyncFileSystem() const {
  if (::syncfs(fd_) != 0) return FileError(errno, "syncing the file system of", path_);
  return absl::OkStatus();
}

absl::Status ReplaceFile(const std::string& path, const std::string& temporary, std::string_view bytes) {
  {
    DH_ASSIGN_OR_RETURN(const File file, File::Open(temporary, File::Mode::kCreate));
    DH_RETURN_IF_ERROR(file.Truncate(0));
    DH_RETURN_IF_ERROR(file.WriteAt(0, {&bytes, 1}));
    DH_RETURN_IF_ERROR(file.Sync());
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return FileError(errno, "renaming to", path);
  return absl::OkStatus();
}

absl::Status CopyBytes(const File& from, const File& to, uint64_t size) {
  off_t offset = 0;
  while (static_cast<uint64_t>(offset) < size) {
    off_t target = offset;
    const ssize_t copied =
        ::copy_file_range(from.fd(), &offset, to.fd(), &target, size - static_cast<uint64_t>(offset), 0);
    if (copied > 0 || (copied < 0 && errno == EINTR)) continue;
    const bool unsupported =
        copied < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS);
    if (unsupported) return CopyByReading(from, to, static_cast<uint64_t>(offset), size);
    if (copied < 0) return FileError(errno, "copying to", to.path());
    return EndsEarly(from, static_cast<uint64_t>(offset), size);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  DH_ASSIGN_OR_RETURN(const File file, File::Open(path, File::Mode::kRead));
  DH_ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  std::string bytes(size, '\0');
  DH_ASSIGN_OR_RETURN(const size_t got, file.ReadAt(0, bytes.data(), bytes.size()));
  bytes.resize(got);
  return bytes;
}

}  // namespace datahaul

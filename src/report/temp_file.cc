#include "report/temp_file.h"

#include <cerrno>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

std::string FolderOrDefault(std::string_view folder) {
  if (!folder.empty()) return std::string(folder);
  const char* configured = getenv("TMPDIR");
  return configured != nullptr && *configured != '\0' ? configured : "/tmp";
}

// For file systems that don't know O_TMPFILE.
int CreateAndUnlink(const std::string& folder) {
  std::string path = folder + "/datahaul.XXXXXX";
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd >= 0) unlink(path.c_str());
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TempFile>> TempFile::Create(std::string_view folder) {
  std::string where = FolderOrDefault(folder);
  int fd = open(where.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) fd = CreateAndUnlink(where);
  if (fd < 0) return ErrnoError(errno, StrCat("creating a temporary file in ", where, " (TMPDIR chooses another)"));
  return std::unique_ptr<TempFile>(new TempFile(fd, std::move(where)));
}

TempFile::~TempFile() { close(fd_); }

absl::Status TempFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, StrCat("writing a temporary file in ", folder_, " (TMPDIR chooses another)"));
    size_ += static_cast<uint64_t>(n);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> TempFile::ReadAt(uint64_t offset, char* out, size_t size) const {
  size_t done = 0;
  while (done < size) {
    const ssize_t n = pread(fd_, out + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, StrCat("reading a temporary file in ", folder_));
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

}  // namespace datahaul

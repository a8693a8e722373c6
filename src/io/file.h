// Local files behind Status: every error names the action, the file, the cause and, where there is one, the remedy.
#ifndef DATAHAUL_IO_FILE_H_
#define DATAHAUL_IO_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

struct stat;

namespace datahaul {

// ErrnoError with the remedy for what commonly befalls local files.
absl::Status FileError(int error, std::string_view action, std::string_view path);

// Another after every change of the file's bytes, also in place and to others of the same size, as far as its file
// system's clock is fine enough; and after some changes that leave the bytes alone (permissions, links).
std::string FileVersion(const struct stat& info);

// An open file; closed when destroyed. Const members are safe for concurrent use.
class File {
 public:
  enum class Mode : uint8_t {
    kRead,
    kWrite,      // reads too; the file must exist
    kCreate,     // kWrite; the file may exist
    kCreateNew,  // kWrite; the file must not exist (ALREADY_EXISTS)
  };

  static absl::StatusOr<File> Open(std::string path, Mode mode);

  File(File&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File();

  const std::string& path() const { return path_; }
  int fd() const { return fd_; }

  absl::StatusOr<uint64_t> Size() const;
  absl::StatusOr<std::string> Version() const;  // see FileVersion
  // Fewer than `size` bytes only at the end of the file.
  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const;
  // All of `pieces`, one after the other, or an error with an unknown part written.
  absl::Status WriteAt(uint64_t offset, std::span<const std::string_view> pieces) const;
  absl::Status Truncate(uint64_t size) const;
  // The contents and what is needed to read them back (fdatasync). Not the name: see SyncFolder.
  absl::Status Sync() const;
  // Everything of the file system that holds this file (syncfs); tells of write errors since Linux 5.8.
  absl::Status SyncFileSystem() const;

 private:
  File(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_ = -1;
};

// Replaces `path` by a file holding `bytes`: written and synced as `temporary` (same folder; overwritten if there),
// then renamed. The name itself is durable after SyncFolder.
absl::Status ReplaceFile(const std::string& path, const std::string& temporary, std::string_view bytes);

// The first `size` bytes of `from` become those of `to`; shares the storage where the file system can.
absl::Status CopyBytes(const File& from, const File& to, uint64_t size);

// The whole of a small file.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace datahaul

#endif  // DATAHAUL_IO_FILE_H_

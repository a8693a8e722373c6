#include "secrets/private_file.h"

#include <cerrno>
#include <stdlib.h>
#include <unistd.h>

#include "absl/status/statusor.h"

#include "base/status.h"
#include "base/text.h"
#include "io/file.h"
#include "io/folder.h"

namespace datahaul {
namespace {

// A new file beside `path`, which others cannot read from its first moment.
absl::StatusOr<std::string> WriteBeside(const std::string& path, std::string_view bytes) {
  std::string temporary = StrCat(path, ".XXXXXX");
  const int fd = ::mkstemp(temporary.data());
  if (fd < 0) return FileError(errno, "creating", temporary);
  ::close(fd);
  const auto write = [&]() -> absl::Status {
    DH_ASSIGN_OR_RETURN(const File file, File::Open(temporary, File::Mode::kWrite));
    DH_RETURN_IF_ERROR(file.WriteAt(0, {&bytes, 1}));
    return file.Sync();
  };
  absl::Status status = write();
  if (status.ok()) return temporary;
  RemoveFile(temporary).IgnoreError();  // the first error is the one to tell
  return status;
}

}  // namespace

absl::Status CreatePrivateFile(const std::string& path, std::string_view bytes) {
  DH_ASSIGN_OR_RETURN(const std::string temporary, WriteBeside(path, bytes));
  const absl::Status status = LinkFile(temporary, path);
  RemoveFile(temporary).IgnoreError();
  DH_RETURN_IF_ERROR(status);
  return SyncFolder(ParentFolder(path));
}

absl::Status ReplacePrivateFile(const std::string& path, std::string_view bytes) {
  DH_ASSIGN_OR_RETURN(const std::string temporary, WriteBeside(path, bytes));
  absl::Status status = RenameFile(temporary, path);
  if (status.ok()) return SyncFolder(ParentFolder(path));
  RemoveFile(temporary).IgnoreError();
  return status;
}

}  // namespace datahaul

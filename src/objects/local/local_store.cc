#include "objects/local/local_store.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <unistd.h>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "io/file.h"
#include "io/folder.h"
#include "objects/local/local_path.h"
#include "objects/local/local_reader.h"

namespace datahaul {
namespace {

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string TemporaryName(const std::string& path) {
  static std::atomic<uint64_t> next = 0;
  return JoinPath(ParentFolder(path), StrCat(".", NameOf(path), ".", ::getpid(), ".", next++, ".tmp"));
}

}  // namespace

absl::StatusOr<std::optional<ObjectInfo>> LocalStore::Stat(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(path));
  if (!info || info->is_folder) return std::nullopt;
  return ObjectInfo{path, NameOf(path), info->size};
}

absl::StatusOr<std::vector<ObjectInfo>> LocalStore::List(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::string folder, LocalPath(uri));
  std::vector<ObjectInfo> objects;
  DH_RETURN_IF_ERROR(WalkFiles(folder, [&](const FoundFile& file) {
    objects.push_back({JoinPath(folder, file.name), file.name, file.size});
    return true;
  }));
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return objects;
}

absl::StatusOr<std::unique_ptr<ByteReader>> LocalStore::Read(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  return LocalReader::Open(path);
}

absl::Status LocalStore::Write(std::string_view uri, std::string_view bytes) {
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  const std::string folder = ParentFolder(path);
  DH_RETURN_IF_ERROR(MakeFolders(folder).status());
  const std::string temporary = TemporaryName(path);
  absl::Status status = ReplaceFile(path, temporary, bytes);
  if (status.ok()) return SyncFolder(folder);
  RemoveFile(temporary).IgnoreError();  // the first error is the one to tell
  return status;
}

absl::Status LocalStore::Delete(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  return RemoveFile(path);
}

}  // namespace datahaul

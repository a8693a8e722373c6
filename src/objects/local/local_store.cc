#include "objects/local/local_store.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "base/random_name.h"
#include "base/status.h"
#include "base/text.h"
#include "io/file.h"
#include "io/folder.h"
#include "objects/local/local_path.h"
#include "objects/local/local_reader.h"
#include "objects/local/local_uploads.h"

namespace datahaul {
namespace {

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

constexpr std::string_view kTemporary = ".tmp";
constexpr size_t kIdDigits = 16;  // of a RandomName
constexpr ObjectStoreTraits kTraits{.most_piece_bytes = uint64_t{1} << 40, .most_pieces = UINT32_MAX};

absl::Status CheckPossible(std::string_view uri, const Precondition& when) {
  if (when.kind != Precondition::Kind::kVersion) return absl::OkStatus();
  return absl::UnimplementedError(
      StrCat("changing ", uri, ": local files can't be replaced or deleted by their version"));
}

// Others may write the same file at the same time, also processes of other containers, with the same id as this one.
std::string TemporaryName(const std::string& path) {
  return JoinPath(ParentFolder(path), StrCat(".", NameOf(path), ".", RandomName(kIdDigits), kTemporary));
}

// Is `name` that of a temporary file, which a crash has left or somebody is writing?
bool IsTemporary(const std::string& name) {
  const std::string last = NameOf(name);
  if (!last.starts_with('.') || !last.ends_with(kTemporary)) return false;
  const std::string_view rest(last.data() + 1, last.size() - 1 - kTemporary.size());
  const size_t dot = rest.rfind('.');
  if (dot == rest.npos) return false;
  const std::string_view id = rest.substr(dot + 1);
  return id.size() == kIdDigits && id.find_first_not_of("0123456789abcdef") == id.npos;
}

absl::Status WriteTemporary(const std::string& temporary, const ByteViews& bytes) {
  DH_ASSIGN_OR_RETURN(const File file, File::Open(temporary, File::Mode::kCreateNew));
  DH_RETURN_IF_ERROR(file.WriteAt(0, bytes.views()));
  return file.Sync();
}

}  // namespace

const ObjectStoreTraits& LocalStore::traits() const { return kTraits; }

absl::StatusOr<std::optional<ObjectInfo>> LocalStore::Stat(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(path));
  if (!info || info->is_folder) return std::nullopt;
  return ObjectInfo{path, NameOf(path), info->size, info->version};
}

absl::StatusOr<std::vector<ObjectInfo>> LocalStore::List(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::string folder, LocalPath(uri));
  std::vector<ObjectInfo> objects;
  DH_RETURN_IF_ERROR(WalkFiles(folder, [&](const FoundFile& file) {
    if (IsInUpload(file.name) || IsTemporary(file.name)) return true;
    objects.push_back({JoinPath(folder, file.name), file.name, file.size, file.version});
    return true;
  }));
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return objects;
}

absl::StatusOr<std::unique_ptr<ByteReader>> LocalStore::Read(std::string_view uri, ByteRange) {
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  return LocalReader::Open(path);
}

absl::Status LocalStore::Write(std::string_view uri, const ByteViews& bytes, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  DH_RETURN_IF_ERROR(CheckPossible(uri, when));
  const bool must_be_absent = when.kind == Precondition::Kind::kAbsent;
  if (must_be_absent) {
    DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(path));
    if (info) return absl::AlreadyExistsError(StrCat("creating ", path, ": it is there already"));
  }
  const std::string folder = ParentFolder(path);
  DH_RETURN_IF_ERROR(MakeFolders(folder).status());
  const std::string temporary = TemporaryName(path);
  absl::Status status = WriteTemporary(temporary, bytes);
  if (status.ok()) status = must_be_absent ? LinkFile(temporary, path) : RenameFile(temporary, path);
  if (!status.ok() || must_be_absent) RemoveFile(temporary).IgnoreError();  // the first error is the one to tell
  DH_RETURN_IF_ERROR(status);
  return SyncFolder(folder);
}

absl::Status LocalStore::Delete(std::string_view uri, const Precondition& when) {
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  DH_RETURN_IF_ERROR(CheckPossible(uri, when));
  return RemoveFile(path);
}

absl::StatusOr<std::string> LocalStore::BeginUpload(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  return BeginLocalUpload(path);
}

absl::StatusOr<UploadPiece> LocalStore::PutPiece(std::string_view upload, uint32_t number, const ByteViews& bytes) {
  return PutLocalPiece(std::string(upload), number, bytes);
}

absl::StatusOr<UploadPiece> LocalStore::CopyPiece(std::string_view upload, uint32_t number, const ObjectInfo& source,
                                                  ByteRange range) {
  absl::Status changed = absl::AbortedError(StrCat("copying ", source.uri, ": it has changed"));
  if (range.end > source.size) return changed;
  DH_ASSIGN_OR_RETURN(std::string path, LocalPath(source.uri));
  DH_ASSIGN_OR_RETURN(const File file, File::Open(std::move(path), File::Mode::kRead));
  std::string bytes(range.size(), '\0');
  DH_ASSIGN_OR_RETURN(const size_t got, file.ReadAt(range.begin, bytes.data(), bytes.size()));
  // Asked for afterwards, it also tells of changes while these bytes were read.
  DH_ASSIGN_OR_RETURN(const std::string version, file.Version());
  if (version != source.version || got != bytes.size()) return changed;
  return PutPiece(upload, number, bytes);
}

absl::Status LocalStore::FinishUpload(std::string_view upload, std::span<const UploadPiece> pieces,
                                      const Precondition& when) {
  DH_RETURN_IF_ERROR(CheckPossible(upload, when));
  return FinishLocalUpload(std::string(upload), pieces, when.kind == Precondition::Kind::kAbsent);
}

absl::Status LocalStore::AbortUpload(std::string_view upload) { return AbortLocalUpload(std::string(upload)); }

absl::StatusOr<std::vector<UploadInfo>> LocalStore::ListUploads(std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  return ListLocalUploads(path);
}

}  // namespace datahaul

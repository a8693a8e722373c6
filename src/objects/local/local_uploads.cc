#include "objects/local/local_uploads.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random_name.h"
#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"
#include "io/file.h"
#include "io/folder.h"
#include "objects/pieces.h"

namespace datahaul {
namespace {

constexpr std::string_view kSuffix = ".upload";
constexpr char kBegun[] = "begun";  // holds the time; also keeps an upload without pieces from looking empty
constexpr char kWhole[] = "whole";  // the pieces joined
constexpr size_t kCopyBytes = 1 << 20;

bool IsUploadFolder(std::string_view name) { return name.starts_with('.') && name.ends_with(kSuffix); }

// FOLDER/NAME of FOLDER/.NAME.ID.upload; nothing if that is not what it is called.
std::optional<std::string> TargetOf(std::string_view upload) {
  const size_t slash = upload.rfind('/');
  std::string_view name = slash == upload.npos ? upload : upload.substr(slash + 1);
  if (!IsUploadFolder(name)) return std::nullopt;
  name.remove_prefix(1);
  name.remove_suffix(kSuffix.size());
  const size_t dot = name.rfind('.');
  if (dot == name.npos || dot == 0) return std::nullopt;
  return JoinPath(ParentFolder(upload), name.substr(0, dot));
}

absl::StatusOr<std::string> CheckedTarget(const std::string& upload) {
  std::optional<std::string> target = TargetOf(upload);
  if (!target) return InternalError(StrCat("using an upload: expected the name of one, found ", upload));
  return *std::move(target);
}

// Appends the file `path` to *out, if that is given. Returns the checksum of its bytes.
absl::StatusOr<uint32_t> ReadThrough(const std::string& path, const File* out, uint64_t* offset) {
  DH_ASSIGN_OR_RETURN(const File file, File::Open(path, File::Mode::kRead));
  ByteBuffer buffer;
  buffer.Reserve(kCopyBytes);
  uint32_t crc = 0;
  for (uint64_t at = 0;;) {
    DH_ASSIGN_OR_RETURN(const size_t got, file.ReadAt(at, buffer.data(), kCopyBytes));
    if (got == 0) return crc;
    const std::string_view bytes(buffer.data(), got);
    crc = Crc32c(bytes, crc);
    if (out != nullptr) DH_RETURN_IF_ERROR(out->WriteAt(*offset, {&bytes, 1}));
    at += got;
    *offset += got;
  }
}

// Is there a file of just these bytes?
absl::StatusOr<bool> IsThere(const std::string& path, const Whole& expected) {
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(path));
  if (!info || info->is_folder || info->size != expected.size) return false;
  uint64_t size = 0;
  DH_ASSIGN_OR_RETURN(const uint32_t crc, ReadThrough(path, nullptr, &size));
  return crc == expected.crc32c && size == expected.size;
}

absl::Status Join(const std::string& upload, std::span<const UploadPiece> pieces, const std::string& whole) {
  DH_ASSIGN_OR_RETURN(const File out, File::Open(whole, File::Mode::kCreateNew));
  uint64_t offset = 0;
  for (const UploadPiece& piece : pieces) {
    const uint64_t begin = offset;
    const std::string path = JoinPath(upload, piece.tag);
    DH_ASSIGN_OR_RETURN(const uint32_t crc, ReadThrough(path, &out, &offset));
    if (crc == piece.crc32c && offset - begin == piece.size) continue;
    return DataError(StrCat("joining ", path, ": expected ", piece.size, " bytes with the checksum they were written ",
                            "with, found others"));
  }
  return out.Sync();
}

}  // namespace

bool IsInUpload(std::string_view name) {
  while (!name.empty()) {
    const size_t slash = name.find('/');
    if (slash == name.npos) return false;
    if (IsUploadFolder(name.substr(0, slash))) return true;
    name.remove_prefix(slash + 1);
  }
  return false;
}

absl::StatusOr<std::string> BeginLocalUpload(const std::string& path) {
  const std::string parent = ParentFolder(path);
  DH_RETURN_IF_ERROR(MakeFolders(parent).status());
  const std::string name = path.substr(path.rfind('/') + 1);
  std::string upload = JoinPath(parent, StrCat(".", name, ".", RandomName(16), kSuffix));
  DH_RETURN_IF_ERROR(MakeFolders(upload).status());
  const std::string begun = JoinPath(upload, kBegun);
  DH_RETURN_IF_ERROR(ReplaceFile(begun, begun + ".tmp", StrCat(Clock::Real().Now())));
  DH_RETURN_IF_ERROR(SyncFolder(upload));
  DH_RETURN_IF_ERROR(SyncFolder(parent));
  return upload;
}

absl::StatusOr<UploadPiece> PutLocalPiece(const std::string& upload, uint32_t number, const ByteViews& bytes) {
  DH_RETURN_IF_ERROR(CheckedTarget(upload).status());
  UploadPiece piece{.number = number, .size = bytes.size(), .crc32c = Crc32cOf(bytes)};
  piece.tag = StrCat(number, "-", RandomName(16));
  DH_ASSIGN_OR_RETURN(const File file, File::Open(JoinPath(upload, piece.tag), File::Mode::kCreateNew));
  DH_RETURN_IF_ERROR(file.WriteAt(0, bytes.views()));
  DH_RETURN_IF_ERROR(file.Sync());
  DH_RETURN_IF_ERROR(SyncFolder(upload));
  return piece;
}

absl::Status FinishLocalUpload(const std::string& upload, std::span<const UploadPiece> pieces, bool must_be_absent) {
  DH_ASSIGN_OR_RETURN(const std::string target, CheckedTarget(upload));
  const Whole expected = WholeOf(pieces);
  const std::string whole = JoinPath(upload, StrCat(kWhole, "-", RandomName(16)));
  absl::Status status = Join(upload, pieces, whole);
  if (status.ok()) status = must_be_absent ? LinkFile(whole, target) : RenameFile(whole, target);
  if (!status.ok()) {
    RemoveFile(whole).IgnoreError();  // the first error is the one to tell
    DH_ASSIGN_OR_RETURN(const bool there, IsThere(target, expected));
    if (!there) return status;  // else an earlier call has done it
  }
  DH_RETURN_IF_ERROR(SyncFolder(ParentFolder(target)));
  return AbortLocalUpload(upload);
}

absl::Status AbortLocalUpload(const std::string& upload) {
  DH_RETURN_IF_ERROR(CheckedTarget(upload).status());
  std::error_code error;
  std::filesystem::remove_all(upload, error);
  return error ? FileError(error.value(), "removing", upload) : absl::OkStatus();
}

absl::StatusOr<std::vector<UploadInfo>> ListLocalUploads(const std::string& path) {
  std::vector<std::string> found;
  const auto take = [&found](const std::string& folder) { found.push_back(folder); };
  std::error_code error;  // no folder, no uploads
  for (const auto& entry : std::filesystem::directory_iterator(ParentFolder(path), error)) {
    if (TargetOf(entry.path().string()) == path) take(entry.path().string());
  }
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(path));
  if (info && info->is_folder) {
    DH_RETURN_IF_ERROR(WalkFiles(path, [&](const FoundFile& file) {
      const std::string folder = ParentFolder(file.name);
      if (file.name.ends_with(StrCat("/", kBegun)) && IsInUpload(file.name)) take(JoinPath(path, folder));
      return true;
    }));
  }
  std::vector<UploadInfo> uploads;
  for (std::string& upload : found) {
    const absl::StatusOr<std::string> begun = ReadFile(JoinPath(upload, kBegun));
    if (!begun.ok()) continue;  // it ended while we looked
    UploadInfo& listed = uploads.emplace_back();
    std::from_chars(begun->data(), begun->data() + begun->size(), listed.begun_at);
    listed.uri = TargetOf(upload).value_or("");
    listed.upload = std::move(upload);
  }
  std::sort(uploads.begin(), uploads.end(),
            [](const UploadInfo& a, const UploadInfo& b) { return a.upload < b.upload; });
  return uploads;
}

}  // namespace datahaul

#include "connector/objects/destination.h"

#include <utility>

#include <sys/statvfs.h>

#include "base/status.h"
#include "base/text.h"
#include "connector/objects/may_begin.h"
#include "connector/objects/object_names.h"
#include "io/file.h"
#include "io/folder.h"
#include "layout/files/names.h"

namespace datahaul {
namespace {

constexpr std::string_view kTemporaryManifest = ".manifest.json.datahaul";

}  // namespace

std::string Destination::PathOf(std::string_view object) const { return JoinPath(settings_.folder, object); }

std::string Destination::PartialPathOf(std::string_view object) const { return StrCat(PathOf(object), kPartialSuffix); }

absl::StatusOr<std::optional<Manifest>> Destination::ReadManifest() const {
  const std::string path = PathOf(kManifestName);
  const absl::StatusOr<std::string> json = ReadFile(path);
  if (json.status().code() == absl::StatusCode::kNotFound) return std::nullopt;
  DH_RETURN_IF_ERROR(json.status());
  return ParseManifest(*json, path);
}

absl::Status Destination::CheckRoom() const {
  struct statvfs info;
  if (::statvfs(settings_.folder.c_str(), &info) != 0 || info.f_blocks == 0 || info.f_bavail > 0)
    return absl::OkStatus();
  return ErrnoError(ENOSPC, StrCat("preparing ", settings_.folder));
}

absl::Status Destination::CheckMayBegin(const absl::StatusOr<std::optional<Manifest>>& old, bool partials_are_ours,
                                        const Schema* schema) const {
  FoundOutput found{.manifest = old, .size_of = [this](const std::string& object) { return SizeOf(object); }};
  DH_ASSIGN_OR_RETURN(found.any, AnyFile(partials_are_ours));
  return datahaul::CheckMayBegin(settings_, found, schema);
}

absl::StatusOr<std::optional<uint64_t>> Destination::SizeOf(const std::string& object) const {
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(PathOf(object)));
  return info ? std::optional(info->size) : std::nullopt;
}

absl::StatusOr<std::string> Destination::AnyFile(bool ignore_partials) const {
  std::string found;
  DH_RETURN_IF_ERROR(WalkFiles(settings_.folder, [&](const FoundFile& file) {
    if (IsHiddenName(file.name) || (ignore_partials && ObjectOfPartial(file.name))) return true;
    found = file.name;
    return false;
  }));
  return found;
}

// The object that the file `name` is a part of, if a job with these settings may have written it.
std::optional<std::string> Destination::ObjectOfPartial(std::string_view name) const {
  if (!name.ends_with(kPartialSuffix)) return std::nullopt;
  name.remove_suffix(kPartialSuffix.size());
  return IsOurObject(settings_, name) ? std::optional(std::string(name)) : std::nullopt;
}

absl::StatusOr<std::vector<std::string>> Destination::PartialObjects() const {
  std::vector<std::string> objects;
  DH_RETURN_IF_ERROR(WalkFiles(settings_.folder, [&](const FoundFile& file) {
    if (auto object = ObjectOfPartial(file.name)) objects.push_back(*std::move(object));
    return true;
  }));
  return objects;
}

absl::Status Destination::CutBack(const ObjectSums& sums) const {
  DH_ASSIGN_OR_RETURN(const std::vector<std::string> partials, PartialObjects());
  for (const std::string& object : partials) {
    if (!sums.contains(object)) DH_RETURN_IF_ERROR(RemoveFile(PartialPathOf(object)));
  }
  for (const auto& [object, sum] : sums) DH_RETURN_IF_ERROR(CutBackObject(object, sum.end));
  return absl::OkStatus();
}

// What lies beyond the committed end: slices that were not finished, or that a process wrote which had lost its lease.
absl::Status Destination::CutBackObject(const std::string& object, uint64_t end) const {
  const std::string path = PartialPathOf(object);
  DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> partial, StatFile(path));
  if (!partial) {
    // A Close that was interrupted may have renamed it.
    DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> published, StatFile(PathOf(object)));
    if (published && published->size == end) return absl::OkStatus();
    return DataError(StrCat("continuing ", path, ": expected ", end,
                            " bytes that were written, found no file; cancel the job ", "and begin a new one"));
  }
  if (partial->size < end) {
    return DataError(StrCat("continuing ", path, ": expected at least ", end, " bytes that were written, found ",
                            partial->size, "; cancel the job and begin a new one"));
  }
  if (partial->size == end) return absl::OkStatus();
  DH_ASSIGN_OR_RETURN(const File file, File::Open(path, File::Mode::kWrite));
  DH_RETURN_IF_ERROR(file.Truncate(end));
  return file.Sync();
}

absl::Status Destination::Publish(const ObjectSums& sums) const {
  for (const auto& [object, sum] : sums) {
    DH_RETURN_IF_ERROR(CutBackObject(object, sum.end));
    const absl::Status renamed = RenameFile(PartialPathOf(object), PathOf(object));
    // If it is not there, CutBackObject has seen that it was renamed before.
    if (!renamed.ok() && renamed.code() != absl::StatusCode::kNotFound) return renamed;
  }
  return absl::OkStatus();
}

absl::Status Destination::RemoveReplaced(const std::optional<Manifest>& old, const ObjectSums& sums) const {
  std::vector<std::string> names;
  DH_RETURN_IF_ERROR(WalkFiles(settings_.folder, [&](const FoundFile& file) {
    names.push_back(file.name);
    return true;
  }));
  for (const std::string& object : ReplacedNames(old, names)) {
    if (!sums.contains(object)) DH_RETURN_IF_ERROR(Remove(object, PathOf(object)));
  }
  return absl::OkStatus();
}

absl::Status Destination::WriteManifest(const Manifest& manifest) const {
  return ReplaceFile(PathOf(kManifestName), PathOf(kTemporaryManifest), ToJson(manifest));
}

absl::Status Destination::RemoveWritten(const std::vector<std::string>& published) const {
  DH_ASSIGN_OR_RETURN(const std::vector<std::string> partials, PartialObjects());
  for (const std::string& object : partials) DH_RETURN_IF_ERROR(Remove(object, PartialPathOf(object)));
  for (const std::string& object : published) DH_RETURN_IF_ERROR(Remove(object, PathOf(object)));
  return RemoveFile(PathOf(kTemporaryManifest));
}

// Takes the object's own folders along when nothing else is in them.
absl::Status Destination::Remove(const std::string& object, const std::string& path) const {
  DH_RETURN_IF_ERROR(RemoveFile(path));
  for (size_t slash = object.rfind('/'); slash != std::string::npos && slash > 0;
       slash = object.rfind('/', slash - 1)) {
    DH_RETURN_IF_ERROR(RemoveFolderIfEmpty(PathOf(object.substr(0, slash))));
  }
  return absl::OkStatus();
}

absl::Status Destination::RemoveFolders(int levels) const {
  std::string folder = settings_.folder;
  for (; levels > 0; --levels) {
    DH_RETURN_IF_ERROR(RemoveFolderIfEmpty(folder));
    folder = ParentFolder(folder);
  }
  return absl::OkStatus();
}

}  // namespace datahaul

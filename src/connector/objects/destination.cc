#include "connector/objects/destination.h"

#include <algorithm>
#include <utility>

#include <sys/statvfs.h>

#include "base/status.h"
#include "base/text.h"
#include "io/file.h"
#include "io/folder.h"
#include "layout/files/names.h"

namespace datahaul {
namespace {

constexpr std::string_view kPartExtension = ".parquet";  // of the only files that come in parts
constexpr std::string_view kTemporaryManifest = ".manifest.json.datahaul";

const Column* FindColumn(const KindSchema& kind, std::string_view name) {
  const auto found = std::find_if(kind.columns.begin(), kind.columns.end(),
                                  [name](const Column& column) { return column.name == name; });
  return found == kind.columns.end() ? nullptr : &*found;
}

// What `now` has otherwise than `before`, and what helps, up to the remedy that always does.
std::string FirstDifference(const KindSchema& before, const KindSchema& now, const std::string& manifest) {
  for (const Column& column : now.columns) {
    const Column* const earlier = FindColumn(before, column.name);
    if (earlier == nullptr) return StrCat("\"", column.name, "\" as well; ");
    if (*earlier == column) continue;
    if (earlier->type == column.type) return StrCat("\"", column.name, "\" with other members or marks; ");
    return StrCat(ColumnTypeName(column.type), " \"", column.name, "\" instead of ", ColumnTypeName(earlier->type),
                  "; say --against ", manifest, " --on-drift set-aside, or ");
  }
  for (const Column& column : before.columns) {
    if (FindColumn(now, column.name) == nullptr) {
      return StrCat("no \"", column.name, "\"; say --against ", manifest, " to keep it, or ");
    }
  }
  return "them in another order; ";
}

bool IsHidden(std::string_view name) { return name.starts_with('.') || name.find("/.") != std::string_view::npos; }

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
  if (settings_.if_exists == IfExists::kReplace) return absl::OkStatus();
  DH_ASSIGN_OR_RETURN(const std::string found, AnyFile(partials_are_ours));
  if (found.empty()) return absl::OkStatus();
  if (settings_.if_exists == IfExists::kFail) {
    return HumanError(StrCat("preparing ", settings_.folder, ": expected an empty folder, found ", found,
                             "; choose another, or say --if-exists replace or --if-exists append"));
  }
  DH_RETURN_IF_ERROR(old.status());
  if (*old) return CheckMayAppend(**old, schema);
  return HumanError(StrCat("appending to ", settings_.folder, ": expected ", kManifestName, ", found ", found,
                           " without it; choose another folder, or say --if-exists replace"));
}

absl::Status Destination::CheckMayAppend(const Manifest& old, const Schema* schema) const {
  const auto differs = [&](std::string_view what, std::string_view expected, std::string_view found) {
    return HumanError(StrCat("appending to ", settings_.folder, ": expected --", what, " ", expected,
                             " as in its manifest, found ", found, "; say --", what, " ", expected,
                             ", or choose another folder"));
  };
  if (old.format != settings_.format) return differs("format", old.format, settings_.format);
  const std::string_view compression = CompressionName(settings_.compression),
                         layout = FileLayoutName(settings_.layout);
  if (old.compression != compression) return differs("compression", old.compression, compression);
  if (old.layout != layout) return differs("layout", old.layout, layout);
  if (old.csv != settings_.csv) {
    return HumanError(StrCat("appending to ", settings_.folder,
                             ": expected --delimiter, --null and --guard-formulas as ",
                             "in its manifest, found others; say the same, or choose another folder"));
  }
  for (const ManifestObject& object : old.objects) {
    DH_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, StatFile(PathOf(object.name)));
    if (!info || info->size != object.bytes) {
      return HumanError(StrCat("appending to ", PathOf(object.name), ": expected ", object.bytes,
                               " bytes as in the manifest, found ", info ? StrCat(info->size) : "no file",
                               "; restore it"));
    }
  }
  return schema == nullptr ? absl::OkStatus() : CheckSameTables(old, *schema);
}

// A table has one set of columns from its first row to its last. The job's are settled: nobody can mend that.
absl::Status Destination::CheckSameTables(const Manifest& old, const Schema& schema) const {
  for (const auto& [name, columns] : schema.kinds) {
    const KindSchema* const before = old.schema ? old.schema->Find(name.ns, name.kind) : nullptr;
    if (before == nullptr || *before == columns) continue;
    return WithRetry(absl::FailedPreconditionError(
                         StrCat("appending to ", PathOf(EmptyObjectOf(name, true)),
                                ": expected the columns that kind \"", name.kind, "\" has in the manifest, found ",
                                FirstDifference(*before, columns, PathOf(kManifestName)), "choose another folder")),
                     Retry::kNever);
  }
  return absl::OkStatus();
}

std::string Destination::EmptyObjectOf(const KindName& name, bool joins) const {
  std::string object = DataFileName(FileLayout::kKind, name.ns, name.kind, 0, settings_.extension);
  return joins ? object : PartFileName(object, 0, settings_.extension);
}

// A file in the folder, or in a namespace's; a part lies one deeper.
bool Destination::IsOurs(std::string_view object) const {
  if (const std::optional<PartName> part = ParsePartFileName(object, settings_.extension)) object = part->folder;
  return object.ends_with(settings_.extension) && std::count(object.begin(), object.end(), '/') <= 1;
}

absl::StatusOr<std::string> Destination::AnyFile(bool ignore_partials) const {
  std::string found;
  DH_RETURN_IF_ERROR(WalkFiles(settings_.folder, [&](const FoundFile& file) {
    if (IsHidden(file.name) || (ignore_partials && ObjectOfPartial(file.name))) return true;
    found = file.name;
    return false;
  }));
  return found;
}

// The object that the file `name` is a part of, if a job with these settings may have written it.
std::optional<std::string> Destination::ObjectOfPartial(std::string_view name) const {
  if (!name.ends_with(kPartialSuffix) || IsHidden(name)) return std::nullopt;
  name.remove_suffix(kPartialSuffix.size());
  const bool ours = name == kRejectsName || IsOurs(name);
  return ours ? std::optional(std::string(name)) : std::nullopt;
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
  std::vector<std::string> objects;
  if (old) {
    for (const ManifestObject& object : old->objects) objects.push_back(object.name);
  } else {
    DH_RETURN_IF_ERROR(WalkFiles(settings_.folder, [&](const FoundFile& file) {
      const bool part = ParsePartFileName(file.name, kPartExtension).has_value();
      const bool deep = std::count(file.name.begin(), file.name.end(), '/') > (part ? 2 : 1);
      if (IsDataFileName(file.name) && !deep) objects.push_back(file.name);
      return true;
    }));
  }
  objects.emplace_back(kRejectsName);
  for (const std::string& object : objects) {
    if (!sums.contains(object)) DH_RETURN_IF_ERROR(Remove(object, PathOf(object)));
  }
  return absl::OkStatus();
}

absl::Status Destination::WriteManifest(const Manifest& manifest) const {
  return ReplaceFile(PathOf(kManifestName), PathOf(kTemporaryManifest), ToJson(manifest));
}

absl::StatusOr<std::vector<std::string>> Destination::PublishedObjects() const {
  std::vector<std::string> objects;
  DH_RETURN_IF_ERROR(WalkFiles(settings_.folder, [&](const FoundFile& file) {
    if (!IsHidden(file.name) && (file.name == kRejectsName || IsOurs(file.name))) objects.push_back(file.name);
    return true;
  }));
  return objects;
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

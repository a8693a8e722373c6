#include "layout/files/find_files.h"

#include <algorithm>
#include <memory>
#include <set>

#include "base/status.h"
#include "base/text.h"
#include "layout/files/names.h"

namespace datahaul {
namespace {

constexpr std::string_view kNoCount = "carry no count: complete as far as the files tell";

bool IsManifestName(std::string_view name) { return name == kManifestName; }

absl::StatusOr<std::string> ReadAll(ObjectStore& store, std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, store.Read(uri));
  std::string bytes(reader->size(), '\0');
  DH_RETURN_IF_ERROR(reader->ReadAt(0, bytes.data(), bytes.size()).status());
  return bytes;
}

const ObjectInfo* Find(const std::vector<ObjectInfo>& objects, std::string_view name) {
  const auto at = std::lower_bound(objects.begin(), objects.end(), name,
                                   [](const ObjectInfo& object, std::string_view n) { return object.name < n; });
  return at != objects.end() && at->name == name ? &*at : nullptr;
}

DataFile ToDataFile(const ObjectInfo& object) {
  DataFile file;
  file.uri = object.uri;
  file.name = object.name;
  file.size = object.size;
  file.version = object.version;
  file.compression = CompressionOfFile(object.name);
  return file;
}

absl::StatusOr<DataFile> CheckObject(const std::vector<ObjectInfo>& objects, const ManifestObject& promised,
                                     std::string_view manifest_uri) {
  const ObjectInfo* found = Find(objects, promised.name);
  if (found == nullptr) {
    return DataError(StrCat("reading ", manifest_uri, ": expected the file ", promised.name, " of ", promised.bytes,
                            " bytes, found no such file; restore it"));
  }
  if (found->size != promised.bytes) {
    return DataError(StrCat("reading ", found->uri, ": expected ", promised.bytes, " bytes as in ", manifest_uri,
                            ", found ", found->size, "; restore it, or wait for the job that is writing it"));
  }
  DataFile file = ToDataFile(*found);
  file.crc32c = promised.crc32c;
  file.records = promised.records;
  file.only = promised.only;
  return file;
}

absl::StatusOr<FileSet> FromManifest(ObjectStore& store, const std::vector<ObjectInfo>& objects,
                                     const ObjectInfo& where) {
  FileSet set;
  DH_ASSIGN_OR_RETURN(const std::string json, ReadAll(store, where.uri));
  DH_ASSIGN_OR_RETURN(set.manifest, ParseManifest(json, where.uri));
  set.format = set.manifest->format;
  std::set<std::string_view> named;
  for (const ManifestObject& object : set.manifest->objects) {
    DH_ASSIGN_OR_RETURN(DataFile file, CheckObject(objects, object, where.uri));
    set.files.push_back(std::move(file));
    named.insert(object.name);
  }
  for (const ObjectInfo& object : objects) {
    if (IsDataFileName(object.name) && !named.contains(object.name)) {
      set.notes.push_back(StrCat(object.uri, " is not in the manifest, and is left out"));
    }
  }
  if (!set.manifest->complete)
    set.notes.push_back(StrCat(where.uri, " says that it is a part: limited, or with rejects or losses"));
  return set;
}

absl::StatusOr<FileSet> FromNames(const std::vector<ObjectInfo>& objects, std::string_view uri) {
  FileSet set;
  std::string first;
  for (const ObjectInfo& object : objects) {
    if (object.name.ends_with(kPartialSuffix) &&
        IsDataFileName(object.name.substr(0, object.name.size() - kPartialSuffix.size()))) {
      return HumanError(StrCat("reading ", uri, ": found ", object.name,
                               ", which a job still writes; wait for it, or resume or cancel it (datahaul jobs list)"));
    }
    if (!IsDataFileName(object.name)) continue;
    const std::string_view format = FormatOfFile(object.name);
    if (set.files.empty()) set.format = format;
    if (format != set.format) {
      return HumanError(StrCat("reading ", uri, ": expected files of one format, found ", set.files[0].name, " and ",
                               object.name, "; name one of them"));
    }
    set.files.push_back(ToDataFile(object));
  }
  if (set.files.empty()) {
    return WithRetry(absl::NotFoundError(StrCat("reading ", uri, ": expected ", kManifestName,
                                                " or files such as *.typed.ndjson, found none among ", objects.size(),
                                                " files; check the path")),
                     Retry::kNever);
  }
  set.notes.push_back(StrCat("files without a ", kManifestName, " ", kNoCount));
  return set;
}

absl::StatusOr<FileSet> FromFolder(ObjectStore& store, std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, store.List(uri));
  if (const ObjectInfo* manifest = Find(objects, kManifestName)) return FromManifest(store, objects, *manifest);
  return FromNames(objects, uri);
}

}  // namespace

absl::StatusOr<FileSet> FindFiles(ObjectStore& store, std::string_view uri) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> object, store.Stat(uri));
  if (!object) return FromFolder(store, uri);
  if (!IsManifestName(object->name)) return FromNames({*object}, uri);
  const size_t slash = uri.rfind('/');
  return FromFolder(store, slash == std::string_view::npos ? "." : uri.substr(0, std::max<size_t>(slash, 1)));
}

std::string_view FormatOfFile(std::string_view name) {
  name.remove_suffix(CompressionSuffix(CompressionOfFile(name)).size());
  if (name.ends_with(".typed.ndjson")) return "typed-ndjson";
  if (name.ends_with(".ndjson")) return "ndjson";
  if (name.ends_with(".csv")) return "csv";
  if (name.ends_with(".parquet")) return "parquet";
  if (name.ends_with(".binpb")) return "akka-export";
  return "";
}

absl::StatusOr<std::optional<Manifest>> ReadManifest(ObjectStore& store, std::string_view uri) {
  const std::string where = StrCat(uri, uri.ends_with('/') ? "" : "/", kManifestName);
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> object, store.Stat(where));
  if (!object) return std::nullopt;
  DH_ASSIGN_OR_RETURN(const std::string json, ReadAll(store, object->uri));
  return ParseManifest(json, object->uri);
}

}  // namespace datahaul

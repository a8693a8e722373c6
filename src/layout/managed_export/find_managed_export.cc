#include "layout/managed_export/find_managed_export.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"

#include "base/status.h"
#include "base/text.h"
#include "layout/managed_export/backup_metadata.h"
#include "layout/managed_export/export_listing.h"
#include "layout/managed_export/export_names.h"
#include "layout/managed_export/overall_metadata.h"

namespace datahaul {
namespace {

constexpr std::string_view kNoCount = "carry no count: complete as far as the files tell";
constexpr uint64_t kMostMetadataBytes = 256 << 20;

std::string ParentUri(std::string_view uri) {
  const size_t slash = uri.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(uri.substr(0, slash == 0 ? 1 : slash));
}

// One search. Names are relative to the folder listed.
class Search {
 public:
  Search(ObjectStore& store, std::string_view uri) : store_(store), uri_(uri) {}

  absl::StatusOr<Inventory> Run() {
    DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> object, store_.Stat(uri_));
    const absl::Status found = object ? FromFile(*object) : FromFolder();
    DH_RETURN_IF_ERROR(found);
    return std::move(inventory_);
  }

 private:
  absl::Status FromFile(const ObjectInfo& file) {
    if (!IsOverallName(file.name) && !IsPartitionName(file.name)) return FromOneOutput(file);
    DH_RETURN_IF_ERROR(List(ParentUri(uri_)));
    if (IsOverallName(file.name)) return FromOverall(file.name);
    return FromPartitions({file.name}, FolderOf(file.name),
                          StrCat("only ", file.uri, " was given: partitions without the overall metadata "));
  }

  absl::Status List(std::string_view uri) {
    DH_ASSIGN_OR_RETURN(std::vector<ObjectInfo> objects, store_.List(uri));
    listing_ = ExportListing(std::move(objects));
    return absl::OkStatus();
  }

  absl::Status FromOneOutput(const ObjectInfo& file) {
    inventory_.partitions.emplace_back().files.push_back({file.uri, file.name, file.size, file.version});
    Note(StrCat(file.uri, " alone was given: bare output files ", kNoCount));
    return absl::OkStatus();
  }

  absl::Status FromFolder() {
    DH_RETURN_IF_ERROR(List(uri_));
    const std::set<std::string>& roots = listing_.roots();
    if (roots.empty()) return None();
    const bool here = !listing_.Overalls("").empty();
    if (roots.size() > 1 && !here) return Several({roots.begin(), roots.end()});
    const std::string root = here ? "" : *roots.begin();
    for (const std::string& other : roots) {
      if (other != root) Note(StrCat(uri_, " also holds an export in ", other, ", which is left out"));
    }
    const std::vector<std::string>& overalls = listing_.Overalls(root);
    if (overalls.size() > 1) return Several(overalls);
    if (overalls.size() == 1) return FromOverall(overalls[0]);
    std::vector<std::string> partitions;
    for (const ObjectInfo& object : listing_.objects()) {
      if (IsPartitionName(object.name)) partitions.push_back(object.name);
    }
    if (partitions.empty()) return FromOutputs();
    return FromPartitions(partitions, root, StrCat("no overall metadata was found in ", uri_, ": its partitions "));
  }

  absl::Status FromOverall(const std::string& name) {
    const ObjectInfo& file = *listing_.Find(name);
    inventory_.overall_uri = file.uri;
    DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, store_.Read(file.uri));
    DH_ASSIGN_OR_RETURN(const std::vector<OverallEntry> entries, ReadOverallMetadata(*reader));
    const std::string root(FolderOf(name));
    absl::flat_hash_set<std::string> named;
    for (const OverallEntry& entry : entries) {
      const std::string path = Below(root, entry.path);
      named.insert(path);
      DH_ASSIGN_OR_RETURN(ExportPartition partition, ReadPartition(path, file.uri));
      partition.kind = entry.kind;
      partition.ns = entry.ns;
      partition.records = entry.records;
      partition.bytes = entry.bytes;
      if (!entry.records)
        Note(StrCat(file.uri, " has no record count for ", entry.path, ": complete as far as the files tell"));
      inventory_.partitions.push_back(std::move(partition));
    }
    DH_RETURN_IF_ERROR(CheckPartitionsNamed(root, named));
    return CheckOutputsListed(root);
  }

  // Partitions without an overall file; all outputs below `folder` should be theirs.
  absl::Status FromPartitions(const std::vector<std::string>& names, std::string_view folder, std::string_view note) {
    for (const std::string& name : names) {
      DH_ASSIGN_OR_RETURN(ExportPartition partition, ReadPartition(name, uri_));
      TakeLimits(name, &partition);
      inventory_.partitions.push_back(std::move(partition));
    }
    Note(StrCat(note, kNoCount));
    return CheckOutputsListed(folder);
  }

  // What a partition is limited to is taken from its names only where folder, file name and contents agree: a limit
  // taken wrongly would leave records out.
  static void TakeLimits(std::string_view name, ExportPartition* partition) {
    const std::string_view folder = FolderOf(name);
    const std::optional<PartitionFolder> parsed = ParsePartitionFolder(folder);
    const std::string expected = StrCat(LastSegment(FolderOf(folder)), "_", LastSegment(folder), ".export_metadata");
    if (!parsed || LastSegment(name) != expected) return;
    if (parsed->kind && partition->kinds == std::vector<std::string>{std::string(*parsed->kind)})
      partition->kind = *parsed->kind;
    if (parsed->ns) partition->ns = *parsed->ns;
  }

  absl::Status FromOutputs() {
    for (const ObjectInfo& object : listing_.objects()) {
      if (!OutputNumber(object.name)) continue;
      std::vector<ExportPartition>& partitions = inventory_.partitions;
      const bool another = partitions.empty() || FolderOf(partitions.back().files[0].name) != FolderOf(object.name);
      ExportPartition& partition = another ? partitions.emplace_back() : partitions.back();
      partition.files.push_back({object.uri, object.name, object.size, object.version});
    }
    for (ExportPartition& partition : inventory_.partitions) {
      SortByNumber(&partition.files);
      NoteGaps(partition.files);
    }
    Note(StrCat("bare output files ", kNoCount));
    return absl::OkStatus();
  }

  absl::StatusOr<ExportPartition> ReadPartition(const std::string& name, std::string_view named_by) {
    const ObjectInfo* file = listing_.Find(name);
    if (file == nullptr) {
      return DataError(StrCat("reading ", named_by, ": expected the partition's metadata ", name,
                              ", found no such file; restore it, or give the folders that are there one by one"));
    }
    DH_ASSIGN_OR_RETURN(const std::string bytes, ReadSmall(*file));
    DH_ASSIGN_OR_RETURN(BackupMetadata backup, ParseBackupMetadata(bytes, file->uri));
    ExportPartition partition;
    partition.metadata_uri = file->uri;
    partition.backup_name = std::move(backup.name);
    partition.started = backup.started;
    partition.ended = backup.ended;
    partition.kinds = std::move(backup.kinds);
    DH_ASSIGN_OR_RETURN(partition.files, FindOutputs(*file, backup.files));
    return partition;
  }

  absl::StatusOr<std::vector<ExportFile>> FindOutputs(const ObjectInfo& metadata,
                                                      const std::vector<std::string>& names) {
    std::vector<ExportFile> files;
    std::string missing;
    size_t missing_count = 0;
    for (const std::string& name : names) {
      const ObjectInfo* object = listing_.Find(Below(FolderOf(metadata.name), name));
      if (object == nullptr) {
        if (missing_count++ == 0) missing = name;
        continue;
      }
      if (!listed_.insert(object->name).second) {
        return DataError(StrCat("reading ", metadata.uri, ": expected output files of its own, found ", name,
                                ", which another partition names too"));
      }
      files.push_back({object->uri, object->name, object->size, object->version});
    }
    if (missing_count > 0) {
      return DataError(StrCat("reading ", metadata.uri, ": expected ", names.size(), " output files, found ",
                              files.size(), "; ", missing,
                              missing_count == 1 ? " is" : StrCat(" and ", missing_count - 1, " more are"),
                              " missing; restore what is missing, or give the output files themselves"));
    }
    SortByNumber(&files);
    return files;
  }

  absl::StatusOr<std::string> ReadSmall(const ObjectInfo& file) {
    if (file.size > kMostMetadataBytes) {
      return DataError(StrCat("reading ", file.uri, ": expected metadata, at most ", kMostMetadataBytes,
                              " bytes, found ", file.size));
    }
    DH_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> reader, store_.Read(file.uri));
    std::string bytes(reader->size(), '\0');
    DH_RETURN_IF_ERROR(reader->ReadAt(0, bytes.data(), bytes.size()).status());
    return bytes;
  }

  // Every partition's metadata that lies in this export must be named by its overall file.
  absl::Status CheckPartitionsNamed(const std::string& root, const absl::flat_hash_set<std::string>& named) {
    for (const ObjectInfo& object : listing_.objects()) {
      if (!IsPartitionName(object.name) || named.contains(object.name) || listing_.RootOf(object.name) != root)
        continue;
      const std::string what =
          StrCat("found the partition's metadata ", object.uri, ", which ", inventory_.overall_uri, " does not name");
      if (listing_.Overalls(root).size() > 1) {
        Note(StrCat(what, ": it may belong to another export in the same folder, and is left out"));
      } else {
        return DataError(StrCat("reading ", inventory_.overall_uri, ": ", what,
                                "; restore the overall file, or move away what does not belong to the export"));
      }
    }
    return absl::OkStatus();
  }

  // Every output below `folder` that belongs to the same export must be listed.
  absl::Status CheckOutputsListed(std::string_view folder) {
    const bool siblings = listing_.Overalls(folder).size() > 1;
    for (const ObjectInfo& object : listing_.objects()) {
      if (!OutputNumber(object.name) || listed_.contains(object.name) || !IsBelow(folder, object.name)) continue;
      const std::string root = listing_.RootOf(object.name);
      if (!listing_.Overalls(root).empty() && root != listing_.RootOf(Below(folder, "output-0"))) continue;
      if (siblings && !SharesFolder(object.name)) continue;  // told with its metadata
      return DataError(
          StrCat("reading ", uri_, ": found the output file ", object.uri,
                 ", which no metadata lists; restore the metadata, or move away what does not belong to the export"));
    }
    return absl::OkStatus();
  }

  bool SharesFolder(std::string_view name) const {
    return std::any_of(listed_.begin(), listed_.end(),
                       [&](const std::string& other) { return FolderOf(other) == FolderOf(name); });
  }

  static void SortByNumber(std::vector<ExportFile>* files) {
    const auto number = [](const ExportFile& file) { return OutputNumber(file.name); };
    const bool all = std::all_of(files->begin(), files->end(), number);
    if (!all) return;  // somebody renamed them: the order listed stands
    std::sort(files->begin(), files->end(), [&](const auto& a, const auto& b) {
      return std::pair(*number(a), std::string_view(a.name)) < std::pair(*number(b), std::string_view(b.name));
    });
  }

  void NoteGaps(const std::vector<ExportFile>& files) {
    uint64_t expected = 0;
    for (const ExportFile& file : files) {
      const uint64_t number = *OutputNumber(file.name);
      if (number > expected) {
        Note(StrCat("output-", expected, number - expected > 1 ? StrCat(" to output-", number - 1) : "",
                    " not found before ", file.uri));
      }
      expected = number + 1;
    }
  }

  absl::Status Several(const std::vector<std::string>& names) const {
    std::string list;
    for (const std::string& name : names) StrAppend(&list, list.empty() ? "" : ", ", name.empty() ? "." : name);
    return HumanError(StrCat("looking for a managed export in ", uri_, ": expected one, found ", names.size(), " (",
                             list, "); name one of them"));
  }

  absl::Status None() const {
    return WithRetry(absl::NotFoundError(StrCat(
                         "looking for a managed export in ", uri_,
                         ": expected *.overall_export_metadata, *.export_metadata or output-N files, found none among ",
                         listing_.objects().size(), " files; check the path")),
                     Retry::kNever);
  }

  void Note(std::string text) { inventory_.notes.push_back(std::move(text)); }

  ObjectStore& store_;
  const std::string uri_;
  ExportListing listing_;
  Inventory inventory_;
  absl::flat_hash_set<std::string> listed_;  // names of outputs that metadata lists
};

}  // namespace

absl::StatusOr<Inventory> FindManagedExport(ObjectStore& store, std::string_view uri) {
  return Search(store, uri).Run();
}

bool IsManagedExportName(std::string_view name) {
  return IsPartitionName(name) || IsOverallName(name) || OutputNumber(name);
}

}  // namespace datahaul

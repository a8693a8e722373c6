#include "report/dataset_opener.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "io/folder.h"
#include "layout/files/find_files.h"
#include "layout/files/manifest.h"
#include "layout/files/names.h"
#include "report/file_check.h"

namespace datahaul {
namespace {

Digests DigestsOf(const Manifest& manifest) {
  Digests digests;
  for (const ManifestKind& kind : manifest.kinds) {
    digests.emplace(kind.name, KindDigest{.records = kind.tally.written, .sum = kind.digest});
  }
  return digests;
}

// The selection as flags, "" for everything.
std::string SelectionFlags(const Selection& selection) {
  std::string flags;
  for (const std::string& kind : selection.kinds) StrAppend(&flags, " --kind ", kind);
  for (const std::string& ns : selection.namespaces) StrAppend(&flags, " --namespace=", ns);
  if (selection.limit) StrAppend(&flags, " --limit ", *selection.limit);
  return flags.empty() ? flags : flags.substr(1);
}

bool NamesManifest(std::string_view address) {
  return address == kManifestName || address.ends_with(StrCat("/", kManifestName));
}

absl::StatusOr<Dataset> FromManifest(Manifest manifest, const std::string& address, const std::string& folder,
                                     Dataset::Basis basis) {
  Dataset dataset{.address = address, .basis = basis};
  dataset.known = DigestsOf(manifest);
  dataset.selection_hint = SelectionFlags(manifest.selection);
  DH_ASSIGN_OR_RETURN(dataset.keys, KeysIndex::Find(folder));
  dataset.manifest = std::move(manifest);
  return dataset;
}

absl::StatusOr<Dataset> FromManifestFile(ObjectStore& store, const std::string& address) {
  const std::string folder = ParentFolder(address);
  DH_ASSIGN_OR_RETURN(std::optional<Manifest> manifest, ReadManifest(store, folder));
  if (!manifest) return WithRetry(absl::NotFoundError(StrCat("reading ", address, ": no such file")), Retry::kNever);
  return FromManifest(*std::move(manifest), address, folder, Dataset::Basis::kManifest);
}

// The manifest in a folder; nothing where there is no folder, or none in it.
absl::StatusOr<std::optional<Manifest>> ManifestIn(ObjectStore& store, const std::string& address) {
  DH_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> file, store.Stat(address));
  if (file) return std::nullopt;
  return ReadManifest(store, address);
}

}  // namespace

absl::StatusOr<Dataset> DatasetOpener::Open(const std::string& address) const {
  if (NamesManifest(address)) return FromManifestFile(*store, address);
  DH_ASSIGN_OR_RETURN(std::optional<Manifest> manifest, ManifestIn(*store, address));
  if (manifest && !is_lossless(manifest->format)) {
    DH_ASSIGN_OR_RETURN(Dataset dataset, FromManifest(*std::move(manifest), address, address, Dataset::Basis::kFiles));
    dataset.check_files = [store = store, folder = address, objects = dataset.manifest->objects](const auto& on_read) {
      return CheckFiles(*store, folder, objects, on_read);
    };
    return dataset;
  }
  Dataset dataset{.address = address};
  if (manifest) dataset.selection_hint = SelectionFlags(manifest->selection);
  JobSpec source = spec;
  source.source = address;
  DH_ASSIGN_OR_RETURN(dataset.source, connectors->OpenSource(source));
  return dataset;
}

std::string_view ToString(Dataset::Basis basis) {
  switch (basis) {
    case Dataset::Basis::kRecords:
      return "records";
    case Dataset::Basis::kFiles:
      return "files";
    case Dataset::Basis::kManifest:
      return "manifest";
  }
  return "";
}

}  // namespace datahaul

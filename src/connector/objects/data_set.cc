#include "connector/objects/data_set.h"

#include <algorithm>
#include <set>
#include <utility>

namespace datahaul {
namespace {

bool MayHold(const std::vector<std::string>& wanted, const std::optional<std::string>& only) {
  return wanted.empty() || !only || std::find(wanted.begin(), wanted.end(), *only) != wanted.end();
}

}  // namespace

DataSet ToDataSet(const Inventory& inventory) {
  DataSet set;
  set.notes = inventory.notes;
  for (const ExportPartition& partition : inventory.partitions) {
    DataPart part{partition.kind, partition.ns, partition.records, partition.bytes, {}};
    for (const ExportFile& file : partition.files) {
      part.objects.push_back({file.uri, file.size, Compression::kNone, std::nullopt, file.version});
    }
    // Of a kind in some namespace, records or not, only the records can tell which.
    const bool empty = partition.records == 0;
    if (partition.kind && (partition.ns || empty)) set.kinds.push_back({partition.ns.value_or(""), *partition.kind});
    set.parts.push_back(std::move(part));
  }
  return set;
}

DataSet ToDataSet(const FileSet& files) {
  DataSet set;
  set.notes = files.notes;
  for (const DataFile& file : files.files) {
    DataPart part;
    if (file.only) {
      part.kind = file.only->kind;
      part.ns = file.only->ns;
    }
    part.records = file.records;
    part.objects.push_back({file.uri, file.size, file.compression, file.only, file.version});
    set.parts.push_back(std::move(part));
  }
  if (!files.manifest) return set;
  set.csv = files.manifest->csv;
  std::set<KindName> kinds;
  for (const ManifestKind& kind : files.manifest->kinds) kinds.insert(kind.name);
  if (files.manifest->schema) {
    set.schema = std::make_shared<const Schema>(*files.manifest->schema);
    for (const auto& [name, kind] : set.schema->kinds) kinds.insert(name);
  }
  set.kinds.assign(kinds.begin(), kinds.end());
  return set;
}

bool MayMatch(const DataPart& part, const Selection& selection) {
  return MayHold(selection.kinds, part.kind) && MayHold(selection.namespaces, part.ns);
}

}  // namespace datahaul

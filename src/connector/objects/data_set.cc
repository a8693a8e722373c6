#include "connector/objects/data_set.h"

#include <algorithm>
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
    for (const ExportFile& file : partition.files) part.objects.push_back({file.uri, file.size, Compression::kNone});
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
    part.objects.push_back({file.uri, file.size, file.compression});
    set.parts.push_back(std::move(part));
  }
  return set;
}

bool MayMatch(const DataPart& part, const Selection& selection) {
  return MayHold(selection.kinds, part.kind) && MayHold(selection.namespaces, part.ns);
}

}  // namespace datahaul

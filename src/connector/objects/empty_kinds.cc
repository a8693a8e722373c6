#include "connector/objects/empty_kinds.h"

#include <set>
#include <vector>

#include "base/status.h"
#include "connector/objects/object_names.h"
#include "io/checksum.h"

namespace datahaul {

absl::StatusOr<ObjectSums> WriteEmptyKinds(
    const FolderSettings& settings, const ObjectHead& head, const Schema* schema, const ObjectSums& sums,
    const Manifest* old, const std::function<absl::Status(const std::string& object, std::string_view bytes)>& write) {
  ObjectSums written;
  if (schema == nullptr) return written;
  std::set<KindName> present;
  for (const auto& [object, sum] : sums) {
    if (sum.only) present.insert(*sum.only);
  }
  for (const ManifestObject& object : old == nullptr ? std::vector<ManifestObject>() : old->objects) {
    if (object.only) present.insert(*object.only);
  }
  for (const auto& [name, columns] : schema->kinds) {
    if (present.contains(name)) continue;
    DH_ASSIGN_OR_RETURN(const std::string bytes, head.Of(name));
    const std::string object = EmptyObjectOf(settings, name, head.joins());
    DH_RETURN_IF_ERROR(write(object, bytes));
    written[object] = {0, bytes.size(), 0, Crc32c(bytes), name};
  }
  return written;
}

absl::StatusOr<ObjectSums> PublishedBy(const FolderSettings& settings, const ObjectHead& head,
                                       const JobContext& context) {
  DH_ASSIGN_OR_RETURN(ObjectSums sums, SumByObject(context.committed, {}));
  DH_ASSIGN_OR_RETURN(ObjectSums empty,
                      WriteEmptyKinds(settings, head, context.schema, sums, nullptr,
                                      [](const std::string&, std::string_view) { return absl::OkStatus(); }));
  sums.merge(empty);
  return sums;
}

}  // namespace datahaul

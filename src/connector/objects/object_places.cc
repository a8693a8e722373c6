#include "connector/objects/object_places.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

std::map<std::string, uint64_t> BeginsOf(const FolderSettings& settings, const std::optional<Manifest>& old) {
  std::map<std::string, uint64_t> begins;
  if (settings.if_exists != IfExists::kAppend || !old) return begins;
  for (const ManifestObject& object : old->objects) begins[object.name] = object.bytes;
  if (old->rejects) begins[old->rejects->name] = old->rejects->bytes;
  return begins;
}

void ObjectPlaces::Reset(const std::map<std::string, uint64_t>& begins, const ObjectSums& sums) {
  objects_.clear();
  for (const auto& [object, begin] : begins) objects_[object] = {begin, begin, std::nullopt};
  for (const auto& [object, sum] : sums) objects_[object] = {sum.begin, sum.end, sum.only};
  next_part_.clear();
  for (const auto& [object, state] : objects_) {
    const std::optional<PartName> part = ParsePartFileName(object, settings_.extension);
    if (!part) continue;
    uint64_t& next = next_part_[std::string(part->folder)];
    next = std::max(next, part->part + 1);
  }
}

absl::Status ObjectPlaces::Place(Piece* piece) {
  Extent& extent = piece->extent;
  const std::optional<KindName> only = extent.mixed ? std::nullopt : std::optional(KindName{extent.ns, extent.kind});
  Object& object = objects_[extent.object];
  if (only && object.only && *only != *object.only) {
    return InternalError(StrCat("placing kind \"", extent.kind, "\" in ", extent.object,
                                ": the file belongs to kind \"", object.only->kind, "\"; choose --layout single"));
  }
  object.only = only;
  if (only && !head_.joins()) {
    uint64_t& next = next_part_[extent.object];
    extent.object = PartFileName(extent.object, next++, settings_.extension);
    extent.offset = 0;
    return absl::OkStatus();
  }
  if (only && object.end == 0) {
    DH_ASSIGN_OR_RETURN(std::string head, head_.Of(*only));
    EncodedSlice::Prepend(std::move(head), piece);
  }
  extent.offset = object.end;
  object.end += extent.length;
  return absl::OkStatus();
}

uint64_t ObjectPlaces::BeginOf(const std::string& object) const {
  const auto found = objects_.find(object);
  return found == objects_.end() ? 0 : found->second.begin;  // each part is new
}

}  // namespace datahaul

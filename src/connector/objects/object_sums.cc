#include "connector/objects/object_sums.h"

#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"

namespace datahaul {

absl::StatusOr<ObjectSums> SumByObject(std::span<const Extent> extents, const std::map<std::string, uint64_t>& begins) {
  ObjectSums sums;
  for (const Extent& extent : extents) {
    const std::optional<KindName> only = extent.mixed ? std::nullopt : std::optional(KindName{extent.ns, extent.kind});
    auto [at, is_new] = sums.try_emplace(extent.object);
    ObjectSum& sum = at->second;
    if (is_new) {
      const auto begin = begins.find(extent.object);
      sum.begin = sum.end = begin == begins.end() ? 0 : begin->second;
      sum.only = only;
    }
    if (extent.offset != sum.end) {
      return InternalError(StrCat("adding up receipts of ", extent.object, ": expected an extent at byte ", sum.end,
                                  ", found one at ", extent.offset));
    }
    if (sum.only != only) sum.only.reset();
    sum.crc32c = Crc32cCombine(sum.crc32c, extent.crc32c, extent.length);
    sum.end += extent.length;
    sum.records += extent.records;
  }
  return sums;
}

}  // namespace datahaul

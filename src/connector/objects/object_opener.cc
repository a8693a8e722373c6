#include "connector/objects/object_opener.h"

#include <algorithm>
#include <utility>

#include "objects/concurrently.h"

namespace datahaul {
namespace {

constexpr uint64_t kSmall = 64 << 10, kMostAhead = 64;

}  // namespace

// How many small objects there are from `object` on.
uint64_t ObjectOpener::SmallFrom(uint64_t object, uint64_t end) const {
  uint64_t at = object;
  while (at < end && at - object < ahead_ && objects_[at].size <= kSmall) ++at;
  return at - object;
}

absl::StatusOr<std::unique_ptr<ByteReader>> ObjectOpener::Open(uint64_t object, ByteRange range, uint64_t end) {
  if (object >= first_ && object - first_ < opened_.size()) return std::move(opened_[object - first_]);
  opened_.clear();
  const uint64_t count = range.begin == 0 ? SmallFrom(object, end) : 0;
  ahead_ = std::min(ahead_ * 2, kMostAhead);
  if (count <= 1) return store_.Read(objects_[object].uri, range);
  first_ = object;
  opened_.resize(count);
  // Failures stay with the objects that they are of.
  Concurrently(count, AfterFailure::kGoOn, [&](size_t i) {
    opened_[i] = store_.Read(objects_[object + i].uri);
    return absl::OkStatus();
  }).IgnoreError();
  return std::move(opened_[0]);
}

}  // namespace datahaul

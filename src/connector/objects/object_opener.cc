#include "connector/objects/object_opener.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "objects/concurrently.h"

namespace datahaul {
namespace {

constexpr uint64_t kSmall = 64 << 10, kMostAhead = 16;  // each of a local folder is an open file

}  // namespace

// How many small objects there are from `object` on.
uint64_t ObjectOpener::SmallFrom(uint64_t object, uint64_t end) const {
  uint64_t at = object;
  while (at < end && at - object < ahead_ && objects_[at].size <= kSmall) ++at;
  return at - object;
}

absl::StatusOr<std::unique_ptr<ByteReader>> ObjectOpener::Open(uint64_t object, ByteRange range, uint64_t end) {
  if (object >= first_ && object - first_ < opened_.size() && opened_[object - first_] != nullptr) {
    return std::move(opened_[object - first_]);
  }
  opened_.clear();
  const uint64_t count = range.begin == 0 ? SmallFrom(object, end) : 0;
  ahead_ = count == 0 ? 1 : std::min(ahead_ * 2, kMostAhead);
  if (count <= 1) return store_.Read(objects_[object].uri, range);
  first_ = object;
  opened_.resize(count);
  absl::Status of_this;
  Concurrently(count, AfterFailure::kStop, [&](size_t i) -> absl::Status {
    const DataObject& small = objects_[object + i];
    absl::StatusOr<std::unique_ptr<ByteReader>> reader = store_.Read(small.uri, {0, small.size});
    if (i == 0) of_this = reader.status();
    DH_RETURN_IF_ERROR(reader.status());
    opened_[i] = *std::move(reader);
    return absl::OkStatus();
  }).IgnoreError();
  DH_RETURN_IF_ERROR(of_this);
  return std::move(opened_[0]);
}

}  // namespace datahaul

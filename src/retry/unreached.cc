#include "retry/unreached.h"

#include "absl/strings/cord.h"

namespace datahaul {
namespace {

constexpr char kPayload[] = "datahaul/unreached";

}  // namespace

absl::Status AsUnreached(absl::Status status) {
  if (!status.ok()) status.SetPayload(kPayload, absl::Cord());
  return status;
}

bool IsUnreached(const absl::Status& status) { return status.GetPayload(kPayload).has_value(); }

}  // namespace datahaul

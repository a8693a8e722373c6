#include "retry/retry_after.h"

#include <charconv>
#include <string>

#include "absl/strings/cord.h"

namespace datahaul {
namespace {

constexpr char kPayload[] = "datahaul/retry-after";

}  // namespace

absl::Status WithRetryAfter(absl::Status status, Micros wait) {
  if (!status.ok()) status.SetPayload(kPayload, absl::Cord(std::to_string(wait)));
  return status;
}

Micros RetryAfterOf(const absl::Status& status) {
  Micros wait = 0;
  if (const auto payload = status.GetPayload(kPayload)) {
    const std::string text(*payload);
    std::from_chars(text.data(), text.data() + text.size(), wait);
  }
  return wait;
}

}  // namespace datahaul

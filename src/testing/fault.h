// Where faults are injected.
#ifndef DATAHAUL_TESTING_FAULT_H_
#define DATAHAUL_TESTING_FAULT_H_

#include <functional>
#include <string_view>

#include "absl/status/status.h"

namespace datahaul {

// Asked before a call does its work, by the call's name ("source.read"): an error makes the call fail with it. A call
// with several steps asks again between them. Null: no faults.
using FaultHook = std::function<absl::Status(std::string_view call)>;

inline absl::Status Ask(const FaultHook& hook, std::string_view call) { return hook ? hook(call) : absl::OkStatus(); }

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_FAULT_H_

#ifndef DATAHAUL_CLI_RETRY_NAME_H_
#define DATAHAUL_CLI_RETRY_NAME_H_

#include "base/status.h"

namespace datahaul {

// How events and errors say who can make progress.
inline const char* RetryName(Retry retry) {
  switch (retry) {
    case Retry::kNever:
    case Retry::kUsage:
      return "never";
    case Retry::kCall:
      return "same call";
    case Retry::kTask:
      return "whole task";
    case Retry::kHuman:
      return "after a person acts";
  }
  return "never";
}

}  // namespace datahaul

#endif  // DATAHAUL_CLI_RETRY_NAME_H_

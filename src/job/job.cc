#include "job/job.h"

namespace datahaul {

std::string_view OptionOf(const JobSpec& spec, std::string_view name) {
  for (const auto& [option, value] : spec.options) {
    if (option == name) return value;
  }
  return "";
}

const char* ToString(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kInterrupted:
      return "interrupted";
    case JobState::kSucceeded:
      return "succeeded";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelled:
      return "cancelled";
    case JobState::kMoved:
      return "moved";
  }
  return "unknown";
}

const char* ToString(Phase phase) {
  switch (phase) {
    case Phase::kPlan:
      return "plan";
    case Phase::kScan:
      return "scan";
    case Phase::kSchema:
      return "schema";
    case Phase::kWrite:
      return "write";
    case Phase::kClose:
      return "close";
  }
  return "unknown";
}

}  // namespace datahaul

#include "cli/exit_codes.h"

#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(ExitCodes, OfErrors) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(DataError("")), 1);
  EXPECT_EQ(ExitCodeOf(UsageError("")), 2);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::AbortedError("")), 4);
  EXPECT_EQ(ExitCodeOf(HumanError("")), 5);
}

TEST(ExitCodes, OfJobs) {
  Job job;
  job.state = JobState::kSucceeded;
  EXPECT_EQ(ExitCodeOf(job), 0);
  job.counters.kinds[{"", "K"}].rejected = 1;
  EXPECT_EQ(ExitCodeOf(job), 3);
  job.counters = {};
  job.counters.named["lost_ranges"] = 1;
  EXPECT_EQ(ExitCodeOf(job), 3);
  job.state = JobState::kFailed;
  job.error_retry = static_cast<uint8_t>(Retry::kNever);
  EXPECT_EQ(ExitCodeOf(job), 1);
  job.error_retry = static_cast<uint8_t>(Retry::kUsage);
  EXPECT_EQ(ExitCodeOf(job), 2);
  job.state = JobState::kInterrupted;
  job.error_retry = static_cast<uint8_t>(Retry::kHuman);
  EXPECT_EQ(ExitCodeOf(job), 5);
  job.error_retry = static_cast<uint8_t>(Retry::kCall);
  EXPECT_EQ(ExitCodeOf(job), 4);
}

}  // namespace
}  // namespace datahaul

#include "cli/job_facts.h"

#include "gtest/gtest.h"

namespace datahaul {
namespace {

Job JobIn(Phase phase, uint64_t scanned, uint64_t bytes_in) {
  Job job;
  job.state = JobState::kRunning;
  job.phase = phase;
  job.bytes_total = 1000;
  if (scanned != 0) job.counters.named["scanned_bytes"] = scanned;
  if (bytes_in != 0) job.counters.named["bytes_in"] = bytes_in;
  return job;
}

TEST(JobFactsTest, WhatIsReadOnceCountsOnce) {
  EXPECT_EQ(PartDone(JobIn(Phase::kPlan, 0, 0)), 0);
  EXPECT_EQ(PartDone(JobIn(Phase::kWrite, 0, 250)), 0.25);
  EXPECT_EQ(PartDone(JobIn(Phase::kClose, 0, 1000)), 0.999);
  EXPECT_EQ(ReadingOf(JobIn(Phase::kWrite, 0, 250)).total, 1000u);
}

TEST(JobFactsTest, AScanIsHalfOfTheReading) {
  EXPECT_EQ(PartDone(JobIn(Phase::kScan, 0, 0)), 0);
  EXPECT_EQ(PartDone(JobIn(Phase::kScan, 500, 0)), 0.25);
  EXPECT_EQ(PartDone(JobIn(Phase::kSchema, 1000, 0)), 0.5);
  EXPECT_EQ(PartDone(JobIn(Phase::kWrite, 1000, 500)), 0.75);
  EXPECT_EQ(PartDone(JobIn(Phase::kWrite, 10, 0)), 0.5) << "a limit has ended the scan";
  Job done = JobIn(Phase::kClose, 1000, 1000);
  done.state = JobState::kSucceeded;
  EXPECT_EQ(PartDone(done), 1);
}

TEST(JobFactsTest, ASpoolIsFilledAndThenReadByRecords) {
  Job job = JobIn(Phase::kScan, 0, 500);
  job.counters.named["spooled_bytes"] = 10;
  EXPECT_EQ(PartDone(job), 0.25);
  job = JobIn(Phase::kSchema, 0, 1000);
  job.counters.named["spooled_bytes"] = 10;
  Tally& tally = job.counters.kinds[{"", "K"}] = {.read = 40, .written = 0, .filtered = 16, .rejected = 4};
  EXPECT_EQ(PartDone(job), 0.5);
  job.phase = Phase::kWrite;
  tally.written = 5;
  EXPECT_EQ(PartDone(job), 0.625);
}

}  // namespace
}  // namespace datahaul

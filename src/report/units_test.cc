#include "report/units.h"

#include "gtest/gtest.h"

namespace datahaul {
namespace {

TEST(Units, Counts) {
  EXPECT_EQ(HumanCount(0), "0");
  EXPECT_EQ(HumanCount(999), "999");
  EXPECT_EQ(HumanCount(1000), "1,000");
  EXPECT_EQ(HumanCount(1234567), "1,234,567");
  EXPECT_EQ(Counted(1, "record"), "1 record");
  EXPECT_EQ(Counted(2000, "record"), "2,000 records");
}

TEST(Units, Bytes) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(999), "999 B");
  EXPECT_EQ(HumanBytes(1000), "1.0 kB");
  EXPECT_EQ(HumanBytes(999'949), "999.9 kB");
  EXPECT_EQ(HumanBytes(999'999), "1.0 MB");
  EXPECT_EQ(HumanBytes(20.5e9), "20.5 GB");
}

TEST(Units, Durations) {
  EXPECT_EQ(HumanDuration(120'000), "0.12 s");
  EXPECT_EQ(HumanDuration(12'000'000), "12 s");
  EXPECT_EQ(HumanDuration(185'000'000), "3 min 5 s");
  EXPECT_EQ(HumanDuration(7'800'000'000), "2 h 10 min");
  EXPECT_EQ(HumanDuration(273'600'000'000), "3 d 4 h");
}

TEST(Units, PercentIsNeverRoundedToTheWhole) {
  EXPECT_EQ(HumanPercent(0, 10), "0%");
  EXPECT_EQ(HumanPercent(10, 10), "100%");
  EXPECT_EQ(HumanPercent(0, 0), "100%");
  EXPECT_EQ(HumanPercent(99999, 100000), "99.9%");
  EXPECT_EQ(HumanPercent(1, 100000), "<0.1%");
  EXPECT_EQ(HumanPercent(1, 2), "50.0%");
}

TEST(Units, Times) {
  EXPECT_EQ(HumanTime(0), "1970-01-01 00:00:00 UTC");
  EXPECT_EQ(Rfc3339(1'500'000), "1970-01-01T00:00:01.500000Z");
}

TEST(Units, ParsesDurations) {
  EXPECT_EQ(ParseDuration("90"), 90'000'000);
  EXPECT_EQ(ParseDuration("90s"), 90'000'000);
  EXPECT_EQ(ParseDuration("15m"), 900'000'000);
  EXPECT_EQ(ParseDuration("2h"), 7'200'000'000);
  EXPECT_EQ(ParseDuration("7d"), 604'800'000'000);
  for (const char* bad : {"", "d", "-1d", "1.5h", "7 d", "1w", "99999999999"}) EXPECT_FALSE(ParseDuration(bad)) << bad;
}

}  // namespace
}  // namespace datahaul

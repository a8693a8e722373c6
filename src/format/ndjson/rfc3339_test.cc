#include "format/ndjson/rfc3339.h"

#include <string>

#include "gtest/gtest.h"

#include "base/random.h"
#include "format/ndjson/json_text.h"

namespace datahaul {
namespace {

TEST(Rfc3339Test, ReadsKnownTimes) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00.000001Z"), 1);
  EXPECT_EQ(ParseRfc3339("1969-12-31T23:59:59.999999Z"), -1);
  EXPECT_EQ(ParseRfc3339("2000-02-29T12:34:56.5Z"), 951827696'500000);
  EXPECT_EQ(ParseRfc3339("2025-01-02T03:04:05.123456000Z"), 1735787045'123456);
  EXPECT_EQ(ParseRfc3339("0001-01-01T00:00:00Z"), kFirstTimestamp);
  EXPECT_EQ(ParseRfc3339("9999-12-31T23:59:59.999999Z"), kLastTimestamp);
}

TEST(Rfc3339Test, ReadsWhatIsWritten) {
  Random random(1);
  const auto span = static_cast<uint64_t>(kLastTimestamp - kFirstTimestamp);
  for (int i = 0; i < 100'000; ++i) {
    const Micros time = kFirstTimestamp + static_cast<Micros>(random.Below(span + 1));
    char text[64];
    ASSERT_EQ(ParseRfc3339({text, static_cast<size_t>(WriteTimestamp(text, time) - text)}), time);
  }
}

TEST(Rfc3339Test, RefusesWhatIsNoExactTimeInUtc) {
  for (const char* text : {"",
                           "Z",
                           "2025-01-02",
                           "2025-01-02T03:04:05",
                           "2025-01-02T03:04:05+00:00",
                           "2025-01-02t03:04:05Z",
                           "2025-01-02 03:04:05Z",
                           "2025-01-02T03:04:05z",
                           "2025-01-02T03:04Z",
                           "2025-1-02T03:04:05Z",
                           "0000-01-01T00:00:00Z",
                           "2025-00-02T03:04:05Z",
                           "2025-13-02T03:04:05Z",
                           "2025-01-00T03:04:05Z",
                           "2025-01-32T03:04:05Z",
                           "2025-04-31T03:04:05Z",
                           "2025-02-29T03:04:05Z",
                           "1900-02-29T03:04:05Z",
                           "2025-01-02T24:00:00Z",
                           "2025-01-02T03:60:05Z",
                           "2025-01-02T03:04:60Z",
                           "2025-01-02T03:04:05.Z",
                           "2025-01-02T03:04:05.1234567Z",
                           "2025-01-02T03:04:05.123456001Z",
                           "2025-01-02T03:04:05.1234560000Z",
                           "2025-01-02T03:04:05,5Z",
                           "2025-01-02T03:04:05.5 Z",
                           "2025-01-02T03:04:05.-5Z",
                           "+2025-01-02T03:04:05Z",
                           "2025-01-02T-3:04:05Z",
                           "2025/01/02T03:04:05Z",
                           "2025-01-02T03.04.05Z",
                           "2025-01-02T03:04:05ZZ"}) {
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace datahaul

#include "retry/call.h"

#include <stop_token>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/stop.h"
#include "testing/sim_clock.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;

class RetrierTest : public testing::Test {
 protected:
  SimClock clock_;
  Retrier retrier_{{.backoff = {.first = 1000, .most = 8000}, .most_attempts = 5, .most_time = 50'000}, &clock_, 1};
};

TEST_F(RetrierTest, TriesUntilItSucceeds) {
  const absl::StatusOr<int> result = retrier_.Call([](uint32_t n) -> absl::StatusOr<int> {
    if (n < 3) return absl::UnavailableError("busy");
    return static_cast<int>(n);
  });
  EXPECT_EQ(*result, 3);
}

TEST_F(RetrierTest, LeavesPermanentErrorsAlone) {
  int calls = 0;
  const absl::Status status = retrier_.Call([&](uint32_t) {
    ++calls;
    return HumanError("forbidden");
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(Message(status), "forbidden");
}

TEST_F(RetrierTest, GivesUpAndSaysHowOftenItTried) {
  int calls = 0;
  const absl::Status status = retrier_.Call([&](uint32_t) {
    ++calls;
    return absl::UnavailableError("busy");
  });
  EXPECT_EQ(calls, 5);
  EXPECT_THAT(status.ToString(), HasSubstr("after 5 attempts: busy"));
  EXPECT_EQ(RetryOf(status), Retry::kCall);
}

TEST_F(RetrierTest, WaitsAsLongAsItIsAskedTo) {
  const Micros begin = clock_.Now();
  const absl::Status status = retrier_.Call([](uint32_t n) {
    return n == 0 ? WithRetryAfter(absl::UnavailableError("slow down"), 20'000) : absl::OkStatus();
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(clock_.Now() - begin, 20'000);
}

TEST_F(RetrierTest, NeverWaitsLongerThanItsBudget) {
  int calls = 0;
  const Micros begin = clock_.Now();
  const absl::Status status = retrier_.Call([&](uint32_t) {
    ++calls;
    return WithRetryAfter(absl::UnavailableError("slow down"), 20'000);
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(clock_.Now() - begin, 40'000);
}

TEST_F(RetrierTest, TheTimeThatAttemptsTakeCountsToo) {
  int calls = 0;
  const absl::Status status = retrier_.Call([&](uint32_t) {
    ++calls;
    clock_.Sleep(30'000);
    return absl::UnavailableError("stalled");
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(calls, 2);
}

TEST_F(RetrierTest, WaitsForNobodyOnceItIsToStop) {
  std::stop_source stop;
  const StopScope scope(stop.get_token());
  int calls = 0;
  const Micros begin = clock_.Now();
  const absl::Status status = retrier_.Call([&](uint32_t) {
    if (++calls == 2) stop.request_stop();
    return WithRetry(WithRetryAfter(absl::UnavailableError("slow down"), 10'000), Retry::kCall);
  });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(clock_.Now() - begin, 10'000);
  EXPECT_THAT(status.ToString(), HasSubstr("slow down"));
}

TEST_F(RetrierTest, AnAddressWhereNobodyHasEverAnsweredIsGivenUpSooner) {
  int calls = 0;
  const auto nobody = [&](uint32_t) {
    ++calls;
    return AsUnreached(absl::UnavailableError("no such host"));
  };
  EXPECT_TRUE(IsUnreached(Annotate(retrier_.Call(nobody), "reading")));
  EXPECT_EQ(calls, 4);
  EXPECT_FALSE(retrier_.Call([](uint32_t) { return HumanError("forbidden"); }).ok());  // an answer, too
  calls = 0;
  EXPECT_FALSE(retrier_.Call(nobody).ok());
  EXPECT_EQ(calls, 5);
}

TEST(RetryAfter, TravelsInTheStatus) {
  EXPECT_EQ(RetryAfterOf(absl::UnavailableError("x")), 0);
  EXPECT_EQ(RetryAfterOf(Annotate(WithRetryAfter(absl::UnavailableError("x"), 7), "doing")), 7);
  EXPECT_TRUE(WithRetryAfter(absl::OkStatus(), 7).ok());
}

}  // namespace
}  // namespace datahaul

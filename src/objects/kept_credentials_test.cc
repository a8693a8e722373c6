#include "objects/kept_credentials.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

#include "base/status.h"
#include "testing/sim_clock.h"

namespace datahaul {
namespace {

constexpr Micros kMinute = 60'000'000;

struct Lent {
  std::string secret;
  Micros fetched = 0;
  std::optional<Micros> expires;
};

class KeptCredentialsTest : public testing::Test {
 protected:
  absl::StatusOr<Lent> Get() {
    return kept_.Get([this]() -> absl::StatusOr<Lent> {
      ++found_;
      if (!failure_.ok()) return failure_;
      Lent lent{.secret = std::to_string(found_)};
      if (lifetime_ > 0) lent.expires = clock_.Now() + lifetime_;
      return lent;
    });
  }

  SimClock clock_;
  KeptCredentials<Lent> kept_{&clock_, 5 * kMinute};
  Micros lifetime_ = 60 * kMinute;
  absl::Status failure_;
  int found_ = 0;
};

TEST_F(KeptCredentialsTest, AreFoundAgainShortlyBeforeTheyExpire) {
  EXPECT_EQ(Get()->secret, "1");
  clock_.Sleep(54 * kMinute);
  EXPECT_EQ(Get()->secret, "1");
  clock_.Sleep(2 * kMinute);
  EXPECT_EQ(Get()->secret, "2");
}

TEST_F(KeptCredentialsTest, AreUsedToTheirEndIfThereAreNoOthers) {
  EXPECT_EQ(Get()->secret, "1");
  failure_ = absl::UnavailableError("busy");
  clock_.Sleep(59 * kMinute);
  EXPECT_EQ(Get()->secret, "1");
  clock_.Sleep(2 * kMinute);
  EXPECT_EQ(Get().status(), failure_);
}

TEST_F(KeptCredentialsTest, AreNotLookedForAtEachCallAfterAFailure) {
  constexpr Micros kSecond = 1'000'000;
  EXPECT_EQ(Get()->secret, "1");
  failure_ = absl::UnavailableError("busy");
  clock_.Sleep(56 * kMinute);
  for (int call = 0; call < 3; ++call) EXPECT_EQ(Get()->secret, "1");
  EXPECT_EQ(found_, 2);
  failure_ = absl::OkStatus();
  clock_.Sleep(16 * kSecond);
  EXPECT_EQ(Get()->secret, "3");
}

TEST_F(KeptCredentialsTest, WhatIsRefusedIsForgottenOnce) {
  const Lent old = *Get();
  clock_.Sleep(2 * kMinute);
  EXPECT_TRUE(kept_.Forget(old));
  const Lent fresh = *Get();
  EXPECT_EQ(fresh.secret, "2");
  EXPECT_TRUE(kept_.Forget(old)) << "another call was refused, too: there are others meanwhile";
  EXPECT_EQ(Get()->secret, "2");
  EXPECT_FALSE(kept_.Forget(fresh)) << "its age is not why it is refused";
  EXPECT_EQ(Get()->secret, "3");
}

TEST_F(KeptCredentialsTest, WhatDoesNotExpireIsLookedForAgainByTheNextOnly) {
  lifetime_ = 0;
  const Lent own = *Get();
  clock_.Sleep(600 * kMinute);
  EXPECT_EQ(Get()->secret, "1");
  EXPECT_FALSE(kept_.Forget(own)) << "another attempt does not help by itself";
  EXPECT_EQ(Get()->secret, "2") << "somebody may have mended it";
}

}  // namespace
}  // namespace datahaul

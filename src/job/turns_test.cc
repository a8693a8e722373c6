#include "job/turns.h"

#include "gtest/gtest.h"

namespace datahaul {
namespace {

constexpr TaskKey kA{1, 1}, kB{2, 1}, kC{3, 1};

class TurnsTest : public ::testing::Test {
 protected:
  TurnsTest() {
    for (const TaskKey& task : {kA, kB, kC}) turns_.Enter(task);
  }
  Turns turns_;
};

TEST_F(TurnsTest, AreInOrder) {
  EXPECT_EQ(turns_.ToPlace(kA), Turn::kNow);
  EXPECT_EQ(turns_.ToPlace(kB), Turn::kLater);
  EXPECT_EQ(turns_.ToAdvance(kA), Turn::kNow);
  EXPECT_EQ(turns_.ToAdvance(kB), Turn::kLater);
}

TEST_F(TurnsTest, PlacingPassesOnBeforeAdvancing) {
  turns_.PlacedAll(kA);
  EXPECT_EQ(turns_.ToPlace(kB), Turn::kNow);
  EXPECT_EQ(turns_.ToPlace(kC), Turn::kLater);
  EXPECT_EQ(turns_.ToAdvance(kB), Turn::kLater);
  turns_.Leave(kA);
  EXPECT_EQ(turns_.ToAdvance(kB), Turn::kNow);
  EXPECT_EQ(turns_.ToPlace(kC), Turn::kLater);
}

TEST_F(TurnsTest, AFailureVoidsWhatComesAfterUntilAllHaveLeft) {
  turns_.Fail(kB);
  EXPECT_EQ(turns_.ToPlace(kA), Turn::kNow);
  EXPECT_EQ(turns_.ToPlace(kB), Turn::kNever);
  EXPECT_EQ(turns_.ToAdvance(kC), Turn::kNever);
  turns_.Fail(kC);
  EXPECT_TRUE(turns_.IsVoid(kB)) << "the first failure counts";
  turns_.Leave(kB);
  turns_.Leave(kC);
  EXPECT_TRUE(turns_.IsVoid(kC)) << "kA is still at work";
  turns_.Leave(kA);
  turns_.Enter(kB);
  EXPECT_EQ(turns_.ToPlace(kB), Turn::kNow);
}

TEST_F(TurnsTest, AllCanFail) {
  turns_.FailAll();
  EXPECT_EQ(turns_.ToPlace(kA), Turn::kNever);
}

}  // namespace
}  // namespace datahaul

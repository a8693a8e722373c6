#include "registry/store_secrets.h"

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr SecretVariable kVariables[] = {
    {"id", "THE_ID"}, {"token", "THE_TOKEN"}, {"all", "THE_WHOLE"}, {nullptr, "THE_PROFILE"}};
constexpr SecretUse kUse{kVariables, "id token|all"};

// Every variable is set, to its own name.
std::string Everything(const char* variable) { return variable; }

TEST(StoreSecrets, StandForTheEnvironmentsCredentials) {
  const Environment environment = *WithSecret(Everything, "s", {{"all", "x"}, {"other", "y"}}, kUse, "");
  EXPECT_EQ(environment("THE_WHOLE"), "x");
  EXPECT_EQ(environment("THE_ID"), "") << "what the secret has not must not come from elsewhere";
  EXPECT_EQ(environment("THE_PROFILE"), "");
  EXPECT_EQ(environment("REGION"), "REGION");
}

TEST(StoreSecrets, KeysMayHaveOtherNames) {
  const SecretValues values{{"AccessKey", "AKIA"}, {"id", "another"}, {"Session", "t"}};
  const Environment environment = *WithSecret(Everything, "s", values, kUse, "id=AccessKey,token=Session");
  EXPECT_EQ(environment("THE_ID"), "AKIA");
  EXPECT_EQ(environment("THE_TOKEN"), "t");
}

TEST(StoreSecrets, OneSetOfKeysMustBeWhole) {
  const SecretValues cases[] = {
      {}, {{"id", "1"}}, {{"id", "1"}, {"token", ""}}, {{"ID", "1"}, {"token", "2"}}, {{"all", ""}}};
  for (const SecretValues& values : cases) {
    const absl::Status status = WithSecret(Everything, "s", values, kUse, "").status();
    EXPECT_EQ(RetryOf(status), Retry::kHuman);
    EXPECT_NE(Message(status).find("using the secret s: expected id and token, or all, found "), std::string_view::npos)
        << status;
  }
}

TEST(StoreSecrets, AKeyThatIsMissingIsNamedAndNoValueIs) {
  const SecretValues values{{"all", "planted-secret"}, {"it", "planted-secret"}};
  const absl::Status status = WithSecret(Everything, "s", values, kUse, "token=none").status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_NE(Message(status).find("expected a key none, found the keys all, it;"), std::string_view::npos) << status;
  EXPECT_EQ(Message(status).find("planted-secret"), std::string_view::npos) << status;
}

TEST(StoreSecrets, WhatAreNoNamesOfKeysIsAUsageError) {
  for (const char* called : {"id", "=x", "id=", "id=a,token"}) {
    EXPECT_EQ(RetryOf(WithSecret(Everything, "s", {{"all", "1"}}, kUse, called).status()), Retry::kUsage) << called;
  }
}

}  // namespace
}  // namespace datahaul

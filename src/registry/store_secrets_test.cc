#include "registry/store_secrets.h"

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

constexpr SecretVariable kVariables[] = {{"id", "THE_ID", true}, {"token", "THE_TOKEN"}, {nullptr, "THE_PROFILE"}};

// Every variable is set, to its own name.
std::string Everything(const char* variable) { return variable; }

TEST(StoreSecrets, StandForTheEnvironmentsCredentials) {
  const Environment environment = *WithSecret(Everything, "s", {{"id", "AKIA"}, {"other", "x"}}, kVariables, "");
  EXPECT_EQ(environment("THE_ID"), "AKIA");
  EXPECT_EQ(environment("THE_TOKEN"), "") << "what the secret has not must not come from elsewhere";
  EXPECT_EQ(environment("THE_PROFILE"), "");
  EXPECT_EQ(environment("REGION"), "REGION");
}

TEST(StoreSecrets, KeysMayHaveOtherNames) {
  const SecretValues values{{"AccessKey", "AKIA"}, {"id", "another"}, {"Session", "t"}};
  const Environment environment = *WithSecret(Everything, "s", values, kVariables, "id=AccessKey,token=Session");
  EXPECT_EQ(environment("THE_ID"), "AKIA");
  EXPECT_EQ(environment("THE_TOKEN"), "t");
}

TEST(StoreSecrets, AKeyThatIsMissingIsNamedAndNoValueIs) {
  for (const char* called : {"", "id=AccessKey", "token=none"}) {
    const absl::Status status = WithSecret(Everything, "s", {{"it", "planted-secret"}}, kVariables, called).status();
    EXPECT_EQ(RetryOf(status), Retry::kHuman);
    EXPECT_NE(Message(status).find("using the secret s: expected a key "), std::string_view::npos) << status;
    EXPECT_NE(Message(status).find("found it;"), std::string_view::npos) << status;
    EXPECT_EQ(Message(status).find("planted-secret"), std::string_view::npos) << status;
  }
}

TEST(StoreSecrets, WhatAreNoNamesOfKeysIsAUsageError) {
  for (const char* called : {"id", "=x", "id=", "id=a,token"}) {
    EXPECT_EQ(RetryOf(WithSecret(Everything, "s", {{"a", "1"}}, kVariables, called).status()), Retry::kUsage) << called;
  }
}

}  // namespace
}  // namespace datahaul

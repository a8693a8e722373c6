#include "objects/azure/azure_options.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "objects/azure/connection_string.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AzureOptionsTest : public testing::Test {
 protected:
  Environment Env() {
    return [this](const char* name) { return variables_[name]; };
  }
  absl::StatusOr<ConnectionString> Read(const std::string& text) {
    variables_["AZURE_STORAGE_CONNECTION_STRING"] = text;
    return ReadConnectionString(Env());
  }

  std::map<std::string, std::string> variables_;
};

TEST_F(AzureOptionsTest, ConnectionStrings) {
  const auto portal =
      Read("DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=a2V5==;EndpointSuffix=core.windows.net");
  EXPECT_EQ(portal->account, "acc");
  EXPECT_EQ(portal->key, "a2V5==");
  EXPECT_EQ(portal->endpoint, "https://acc.blob.core.windows.net");
  const auto sas = Read("BlobEndpoint=https://acc.blob.core.windows.net/;SharedAccessSignature=?sv=1&sig=x%3D ; ");
  EXPECT_EQ(sas->account, "acc");
  EXPECT_EQ(sas->sas, "sv=1&sig=x%3D");
  EXPECT_EQ(sas->endpoint, "https://acc.blob.core.windows.net");
  const auto emulator = Read("UseDevelopmentStorage=true");
  EXPECT_EQ(emulator->account, "devstoreaccount1");
  EXPECT_EQ(emulator->endpoint, "http://127.0.0.1:10000/devstoreaccount1");
  EXPECT_FALSE(emulator->key.empty());
  EXPECT_EQ(Read("accountname=acc;ACCOUNTKEY=k;BlobEndpoint=http://127.0.0.1:1/acc")->endpoint,
            "http://127.0.0.1:1/acc");
  EXPECT_EQ(Read("BlobEndpoint=http://127.0.0.1:1/acc/")->account, "acc");
  EXPECT_EQ(Read("")->account, "");
}

TEST_F(AzureOptionsTest, WhatIsNoConnectionStringIsNotShown) {
  for (const char* text : {"hush", "AccountKey=hush", "AccountName=acc;hush"}) {
    const absl::Status status = Read(text).status();
    EXPECT_EQ(RetryOf(status), Retry::kHuman) << text;
    EXPECT_THAT(status.ToString(), Not(HasSubstr("hush")));
  }
}

TEST_F(AzureOptionsTest, TheEnvironmentCompletes) {
  EXPECT_EQ(Completed({}, Env())->endpoint, "");
  variables_["AZURE_STORAGE_ACCOUNT"] = "acc";
  EXPECT_EQ(Completed({}, Env())->endpoint, "https://acc.blob.core.windows.net");
  EXPECT_EQ(Completed({.account = "other"}, Env())->endpoint, "https://other.blob.core.windows.net");
  EXPECT_EQ(Completed({.endpoint = "http://127.0.0.1:1/acc/"}, Env())->endpoint, "http://127.0.0.1:1/acc");
  variables_["AZURE_STORAGE_CONNECTION_STRING"] = "AccountName=mine;AccountKey=k;BlobEndpoint=https://x.example/mine";
  EXPECT_EQ(Completed({}, Env())->account, "mine");
  EXPECT_EQ(Completed({}, Env())->endpoint, "https://x.example/mine");
  EXPECT_EQ(Completed({.account = "other"}, Env())->endpoint, "https://other.blob.core.windows.net");
}

TEST_F(AzureOptionsTest, RefusesEndpointsThatAreNone) {
  for (const char* endpoint :
       {"127.0.0.1:1", "https://", "https://user:pw@host", "ftp://host", "https://host?sig=pw"}) {
    const absl::Status status = Completed({.account = "acc", .endpoint = endpoint}, Env()).status();
    EXPECT_EQ(RetryOf(status), Retry::kUsage) << endpoint;
    EXPECT_THAT(status.ToString(), Not(HasSubstr("pw")));
  }
}

}  // namespace
}  // namespace datahaul

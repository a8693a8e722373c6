#include "objects/azure/credentials.h"

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <sys/stat.h>

#include "base/status.h"
#include "base/text.h"
#include "testing/fake_http.h"
#include "testing/sim_clock.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kLogin[] = "https://login.microsoftonline.com/tenant/oauth2/v2.0/token";
constexpr char kIdentity[] = "http://169.254.169.254/metadata/identity/oauth2/token";
constexpr char kMachine[] =
    "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
    "https%3A%2F%2Fstorage.azure.com%2F";

class CredentialsTest : public testing::Test {
 protected:
  AzureCredentialChain Chain() {
    return AzureCredentialChain(&http_, &clock_, [this](const char* name) { return variables_[name]; }, "acc");
  }
  void SetPrincipal() {
    variables_["AZURE_TENANT_ID"] = "tenant";
    variables_["AZURE_CLIENT_ID"] = "client";
    variables_["AZURE_CLIENT_SECRET"] = "hush&hush";
  }
  static HttpResponse Token(const std::string& token, const std::string& more) {
    return {.status = 200, .body = StrCat(R"({"token_type":"Bearer","access_token":")", token, "\"", more, "}")};
  }

  TempFolder folder_;
  std::map<std::string, std::string> variables_;
  std::map<std::string, HttpResponse> answers_;  // by URL
  SimClock clock_{0};
  FakeHttp http_{[this](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
    const auto at = answers_.find(request.url);
    if (at == answers_.end()) return absl::UnavailableError("nobody there");
    return at->second;
  }};
};

TEST_F(CredentialsTest, ConnectionStringThenKeyThenSas) {
  variables_["AZURE_STORAGE_SAS_TOKEN"] = "?sv=1&sig=hush";
  auto found = Chain().Get();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->kind, AzureCredentials::Kind::kSas);
  EXPECT_EQ(found->secret, "sv=1&sig=hush");
  EXPECT_EQ(found->account, "acc");
  variables_["AZURE_STORAGE_KEY"] = "aHVzaA==";
  found = Chain().Get();
  EXPECT_EQ(found->kind, AzureCredentials::Kind::kKey);
  EXPECT_EQ(found->secret, "hush");
  EXPECT_EQ(found->principal, "the key of account acc (from AZURE_STORAGE_KEY)");
  variables_["AZURE_STORAGE_CONNECTION_STRING"] = "AccountName=other;AccountKey=b3RoZXI=";
  auto chain = Chain();
  found = chain.Get();
  EXPECT_EQ(found->secret, "other");
  EXPECT_EQ(found->account, "other");
  EXPECT_THAT(found->principal, Not(HasSubstr("b3Ro")));
  EXPECT_FALSE(chain.Forget(*found));
  variables_["AZURE_STORAGE_CONNECTION_STRING"] = "AccountName=other;AccountKey=hush!";
  EXPECT_EQ(RetryOf(Chain().Get().status()), Retry::kHuman);
  EXPECT_THAT(Chain().Get().status().ToString(), Not(HasSubstr("hush!")));
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(CredentialsTest, ServicePrincipal) {
  SetPrincipal();
  answers_[kLogin] = Token("tok", R"(,"expires_in":3600)");
  auto chain = Chain();
  const auto found = chain.Get();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->secret, "tok");
  EXPECT_EQ(found->principal, "service principal client (from AZURE_CLIENT_SECRET)");
  EXPECT_EQ(http_.requests()[0].method, "POST");
  EXPECT_EQ(std::string(http_.requests()[0].body),
            "client_id=client&client_secret=hush%26hush&grant_type=client_credentials&scope="
            "https%3A%2F%2Fstorage.azure.com%2F.default");
}

TEST_F(CredentialsTest, TokensAreRenewedBeforeTheyExpireAndFetchedOnceForAll) {
  SetPrincipal();
  answers_[kLogin] = Token("one", R"(,"expires_in":3600)");
  auto chain = Chain();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&chain] { EXPECT_EQ(chain.Get()->secret, "one"); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(http_.requests().size(), 1u);
  answers_[kLogin] = Token("two", R"(,"expires_in":3600)");
  clock_.Sleep(3'600'000'000LL - 301'000'000 - clock_.Now());
  EXPECT_EQ(chain.Get()->secret, "one");
  clock_.Sleep(2'000'000);
  EXPECT_EQ(chain.Get()->secret, "two");
  answers_[kLogin] = {.status = 503};
  clock_.Sleep(3'400'000'000LL);
  EXPECT_EQ(chain.Get()->secret, "two");  // as good as it gets
  EXPECT_TRUE(chain.Forget(*chain.Get()));
  EXPECT_EQ(RetryOf(chain.Get().status()), Retry::kCall);
}

TEST_F(CredentialsTest, ARefusalSaysWhyAndShowsNoSecret) {
  SetPrincipal();
  answers_[kLogin] = {.status = 401,
                      .body = R"({"error":"invalid_client","error_description":)"
                              R"("AADSTS7000215: Invalid client secret provided. Trace ID: x\r\nMore"})"};
  const absl::Status status = Chain().Get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), AllOf(HasSubstr("service principal client"), HasSubstr("AADSTS7000215"),
                                       Not(HasSubstr("Trace")), Not(HasSubstr("hush"))));
  answers_[kLogin] = {.status = 200, .body = R"({"access_token":"tok)"};
  EXPECT_THAT(Chain().Get().status().ToString(), Not(HasSubstr("\"tok")));
  variables_["AZURE_AUTHORITY_HOST"] = "http://login.example";
  EXPECT_EQ(RetryOf(Chain().Get().status()), Retry::kHuman);
}

TEST_F(CredentialsTest, WorkloadIdentity) {
  SetPrincipal();
  variables_["AZURE_CLIENT_SECRET"] = "";
  variables_["AZURE_AUTHORITY_HOST"] = "https://login.example/";
  variables_["AZURE_FEDERATED_TOKEN_FILE"] = folder_ / "token";
  EXPECT_EQ(RetryOf(Chain().Get().status()), Retry::kHuman);  // not there: nobody may take that for a missing blob
  EXPECT_NE(Chain().Get().status().code(), absl::StatusCode::kNotFound);
  folder_.Write("token", "assertion\n");
  answers_["https://login.example/tenant/oauth2/v2.0/token"] = Token("tok", R"(,"expires_in":"3600")");
  EXPECT_EQ(Chain().Get()->secret, "tok");
  EXPECT_THAT(std::string(http_.requests().back().body),
              HasSubstr("client_assertion=assertion&client_assertion_type="));
}

TEST_F(CredentialsTest, AppService) {
  variables_["IDENTITY_ENDPOINT"] = "http://127.0.0.1:41/msi/token";
  variables_["IDENTITY_HEADER"] = "knock";
  variables_["AZURE_CLIENT_ID"] = "mine";
  answers_
      ["http://127.0.0.1:41/msi/token?api-version=2019-08-01&client_id=mine&resource="
       "https%3A%2F%2Fstorage.azure.com%2F"] = Token("tok", R"(,"expires_on":"7200")");
  const auto found = Chain().Get();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->secret, "tok");
  EXPECT_EQ(found->expires, 7'200'000'000);
  EXPECT_EQ(http_.requests()[0].headers, (HttpHeaders{{"X-IDENTITY-HEADER", "knock"}}));
  EXPECT_TRUE(http_.requests()[0].direct);
}

TEST_F(CredentialsTest, Machine) {
  answers_[kIdentity] = {.status = 400};  // it is there
  answers_[kMachine] = Token("tok", R"(,"expires_on":"7200")");
  EXPECT_EQ(Chain().Get()->secret, "tok");
  EXPECT_EQ(http_.requests()[0].timeout, 1'000'000);
  EXPECT_EQ(http_.requests()[1].headers, (HttpHeaders{{"Metadata", "true"}}));
  EXPECT_GT(http_.requests()[1].timeout, 10'000'000) << "it may be slow to give its first token";
  for (const HttpRequest& request : http_.requests()) EXPECT_TRUE(request.direct) << request.url;
  for (const int busy : {404, 410, 429, 500}) {
    answers_[kMachine] = {.status = busy};
    EXPECT_EQ(RetryOf(Chain().Get().status()), Retry::kCall) << busy;
  }
  answers_.erase(kMachine);
  EXPECT_EQ(RetryOf(Chain().Get().status()), Retry::kCall);
  answers_[kMachine] = {.status = 400, .body = R"({"error":"invalid_request"})"};
  EXPECT_THAT(Chain().Get().status().ToString(), HasSubstr("az login")) << "it has no identity";
}

TEST_F(CredentialsTest, WhoIsStoppedWhileHeAsksDoesNotTakeAnother) {
  folder_.Write("az", "#!/bin/sh\necho '{\"accessToken\": \"tok\", \"expires_on\": 7200}'\n");
  ASSERT_EQ(::chmod((folder_ / "az").c_str(), 0755), 0);
  variables_["PATH"] = folder_.path();
  FakeHttp stopped([](const HttpRequest&) { return absl::CancelledError("stopped"); });
  AzureCredentialChain chain(&stopped, &clock_, [this](const char* name) { return variables_[name]; }, "acc");
  EXPECT_EQ(chain.Get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Chain().Get()->secret, "tok") << "if nobody answers";
}

TEST_F(CredentialsTest, WhatIsNoServiceOfAzuresIsAskedForNoToken) {
  answers_[kMachine] = Token("tok", R"(,"expires_on":"7200")");
  for (const int other : {200, 401, 404}) {
    answers_[kIdentity] = {.status = other};
    EXPECT_THAT(Chain().Get().status().ToString(), HasSubstr("az login")) << other;
  }
  EXPECT_EQ(http_.requests().size(), 3u);
  variables_["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = "http://127.0.0.1:1/";
  EXPECT_EQ(RetryOf(Chain().Get().status()), Retry::kCall) << "what is named must answer";
}

TEST_F(CredentialsTest, AMachineThatHasGivenATokenGivesAnother) {
  answers_[kIdentity] = {.status = 400};
  answers_[kMachine] = Token("tok", R"(,"expires_on":"7200")");
  auto chain = Chain();
  EXPECT_TRUE(chain.Get().ok());
  answers_.clear();
  clock_.Sleep(7'200'000'000);
  EXPECT_EQ(RetryOf(chain.Get().status()), Retry::kCall);
}

TEST_F(CredentialsTest, AzureCli) {
  folder_.Write(
      "az", "#!/bin/sh\n[ \"$2\" = get-access-token ] && echo '{\"accessToken\": \"tok\", \"expires_on\": 7200}'\n");
  ASSERT_EQ(::chmod((folder_ / "az").c_str(), 0755), 0);
  variables_["PATH"] = folder_ / "none" + ":" + folder_.path();
  const auto found = Chain().Get();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->secret, "tok");
  EXPECT_EQ(found->expires, 7'200'000'000);
  folder_.Write("az", "#!/bin/sh\necho 'Please run az login' >&2; exit 1\n");
  EXPECT_THAT(Chain().Get().status().ToString(), HasSubstr("run `az login`"));
}

TEST_F(CredentialsTest, FoundNowhereNamesAllPlaces) {
  const absl::Status none = Chain().Get().status();
  EXPECT_EQ(RetryOf(none), Retry::kHuman);
  EXPECT_THAT(none.ToString(), AllOf(HasSubstr("AZURE_STORAGE_CONNECTION_STRING"), HasSubstr("AZURE_CLIENT_SECRET")));
}

}  // namespace
}  // namespace datahaul

#include "objects/gcs/credentials.h"

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/json_writer.h"
#include "base/status.h"
#include "base/text.h"
#include "retry/retry_after.h"
#include "testing/fake_http.h"
#include "testing/rsa_key.h"
#include "testing/sim_clock.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTokenServer[] = "https://oauth2.googleapis.com/token";
constexpr char kMetadata[] = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/";
constexpr char kUsersFile[] = ".config/gcloud/application_default_credentials.json";
constexpr char kUser[] =
    R"({"type":"authorized_user","client_id":"c1","client_secret":"hush1","refresh_token":"hush2","account":"ann@x"})";

class GoogleCredentialsTest : public testing::Test {
 protected:
  GoogleCredentialsTest() { variables_["HOME"] = folder_.path(); }

  GoogleCredentialChain Chain() {
    return GoogleCredentialChain(&http_, &clock_, [this](const char* name) { return variables_[name]; });
  }
  static HttpResponse Token(const std::string& text, int seconds = 3600) {
    return {.status = 200,
            .headers = {{"metadata-flavor", "Google"}},
            .body = StrCat(R"({"access_token":")", text, R"(","expires_in":)", seconds, R"(,"token_type":"Bearer"})")};
  }
  static std::string ServiceAccount(const std::string& token_uri) {
    JsonWriter json;
    json.BeginObject().Field("type", "service_account").Field("private_key_id", "k1").Field("private_key", kRsaKey);
    json.Field("client_email", "me@project").Field("token_uri", token_uri).EndObject();
    return json.text();
  }
  void UseFile(const std::string& json) {
    folder_.Write("key.json", json);
    variables_["GOOGLE_APPLICATION_CREDENTIALS"] = folder_ / "key.json";
  }

  TempFolder folder_;
  std::map<std::string, std::string> variables_;
  std::map<std::string, HttpResponse> answers_;  // by URL
  SimClock clock_{1'700'000'000'000'000};
  FakeHttp http_{[this](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
    const auto at = answers_.find(request.url);
    if (at == answers_.end()) return absl::UnavailableError("nobody there");
    return at->second;
  }};
};

TEST_F(GoogleCredentialsTest, AServiceAccountSignsForItself) {
  UseFile(ServiceAccount("https://tokens.example/t"));
  answers_["https://tokens.example/t"] = Token("t1");
  auto chain = Chain();
  const auto token = chain.Get();
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->secret, "t1");
  EXPECT_THAT(token->principal, AllOf(HasSubstr("service account me@project (from "), HasSubstr("key.json")));
  const HttpRequest sent = http_.requests().at(0);
  EXPECT_EQ(HeaderOf(sent.headers, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_THAT(std::string(sent.body), HasSubstr("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"));
  // {"alg":"RS256","typ":"JWT","kid":"k1"}
  EXPECT_THAT(std::string(sent.body), HasSubstr("assertion=eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0."));
}

TEST_F(GoogleCredentialsTest, AUserHasATokenToRefresh) {
  folder_.Write(kUsersFile, kUser);
  answers_[kTokenServer] = Token("t1");
  auto chain = Chain();
  const auto token = chain.Get();
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_THAT(token->principal, HasSubstr("ann@x (from "));
  EXPECT_EQ(std::string(http_.requests().at(0).body),
            "client_id=c1&client_secret=hush1&grant_type=refresh_token&refresh_token=hush2");
}

TEST_F(GoogleCredentialsTest, GcloudsFolderMayBeElsewhere) {
  folder_.Write("other/application_default_credentials.json", kUser);
  variables_["CLOUDSDK_CONFIG"] = folder_ / "other";
  answers_[kTokenServer] = Token("t1");
  auto chain = Chain();
  EXPECT_TRUE(chain.Get().ok());
}

TEST_F(GoogleCredentialsTest, TheMachinesOwnAccountIsTheLast) {
  answers_["http://169.254.169.254/"] = {.status = 200, .headers = {{"metadata-flavor", "Google"}}};
  auto early = Chain();
  EXPECT_EQ(RetryOf(early.Get().status()), Retry::kCall);  // it is there, but not yet ready
  answers_[StrCat(kMetadata, "token")] = Token("t1");
  answers_[StrCat(kMetadata, "email")] = {.status = 200, .body = "vm@project"};
  auto chain = Chain();
  const auto token = chain.Get();
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->principal, "this machine's service account vm@project");
  for (const HttpRequest& request : http_.requests()) {
    EXPECT_EQ(HeaderOf(request.headers, "Metadata-Flavor"), "Google");
    EXPECT_TRUE(request.direct);
  }
  // Now that there is one, its failures pass.
  answers_.clear();
  clock_.Sleep(3'600'000'000);
  EXPECT_EQ(RetryOf(chain.Get().status()), Retry::kCall);
}

TEST_F(GoogleCredentialsTest, AMetadataServerThatIsNamedMustAnswer) {
  variables_["GCE_METADATA_HOST"] = "127.0.0.1:1234";
  auto chain = Chain();
  EXPECT_EQ(RetryOf(chain.Get().status()), Retry::kCall);
  answers_["http://127.0.0.1:1234/computeMetadata/v1/instance/service-accounts/default/token"] = Token("t1");
  EXPECT_EQ(chain.Get()->secret, "t1");
}

TEST_F(GoogleCredentialsTest, WhatIsNoMetadataServerIsNoneOfGoogles) {
  answers_["http://169.254.169.254/"] = {.status = 200, .body = "<html>"};
  answers_[StrCat(kMetadata, "token")] = Token("t1");
  auto chain = Chain();
  const absl::Status status = chain.Get().status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(),
              AllOf(HasSubstr("GOOGLE_APPLICATION_CREDENTIALS"), HasSubstr("gcloud auth application-default login")));
}

TEST_F(GoogleCredentialsTest, TokensAreKeptUntilShortlyBeforeTheyExpire) {
  folder_.Write(kUsersFile, kUser);
  answers_[kTokenServer] = Token("t1");
  auto chain = Chain();
  EXPECT_EQ(chain.Get()->secret, "t1");
  answers_[kTokenServer] = Token("t2");
  clock_.Sleep(3'300'000'000);
  EXPECT_EQ(chain.Get()->secret, "t1");
  clock_.Sleep(100'000'000);
  EXPECT_EQ(chain.Get()->secret, "t2");
  // While the old one is good, nobody need fail.
  clock_.Sleep(3'400'000'000);
  answers_.clear();
  EXPECT_EQ(chain.Get()->secret, "t2");
  clock_.Sleep(200'000'000);
  EXPECT_FALSE(chain.Get().ok());
}

TEST_F(GoogleCredentialsTest, ThreadsShareOneToken) {
  folder_.Write(kUsersFile, kUser);
  answers_[kTokenServer] = Token("t1");
  auto chain = Chain();
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto token = chain.Get();
      right += token.ok() && token->secret == "t1";
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 8);
  EXPECT_EQ(http_.requests().size(), 1u);
}

TEST_F(GoogleCredentialsTest, ATokenThatIsRefusedIsFetchedAgainUnlessItIsNew) {
  folder_.Write(kUsersFile, kUser);
  answers_[kTokenServer] = Token("t1");
  auto chain = Chain();
  const GoogleToken first = *chain.Get();
  EXPECT_FALSE(chain.Forget(first));
  const GoogleToken second = *chain.Get();
  EXPECT_EQ(http_.requests().size(), 2u);
  clock_.Sleep(120'000'000);
  EXPECT_TRUE(chain.Forget(second));
}

TEST_F(GoogleCredentialsTest, AKeyThatIsGivenItselfComesFirst) {
  UseFile(ServiceAccount("https://elsewhere.example/t"));
  variables_["DATAHAUL_GCS_KEY_JSON"] = ServiceAccount("https://tokens.example/t");
  answers_["https://tokens.example/t"] = Token("t1");
  auto chain = Chain();
  const auto token = chain.Get();
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->principal, "service account me@project (from DATAHAUL_GCS_KEY_JSON)");
  variables_["DATAHAUL_GCS_KEY_JSON"] = "no key, but planted-secret";
  const absl::Status status = Chain().Get().status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_EQ(Message(status).find("planted-secret"), std::string_view::npos) << status;
}

TEST_F(GoogleCredentialsTest, FilesThatAreNoUse) {
  variables_["GOOGLE_APPLICATION_CREDENTIALS"] = folder_ / "none.json";
  auto chain = Chain();
  absl::Status status = chain.Get().status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), AllOf(HasSubstr("none.json"), HasSubstr("GOOGLE_APPLICATION_CREDENTIALS names")));
  UseFile(R"({"type":"external_account","token_url":"https://sts.example"})");
  status = chain.Get().status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("found external_account; make a service account's key"));
  UseFile("hush, no JSON");
  status = chain.Get().status();
  EXPECT_THAT(status.ToString(), AllOf(HasSubstr("found none"), Not(HasSubstr("hush"))));
  UseFile(R"({"type":"service_account","client_email":"me@project","private_key":"hush"})");
  status = chain.Get().status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), AllOf(HasSubstr("key.json: signing: "), Not(HasSubstr("hush"))));
  EXPECT_TRUE(http_.requests().empty());
}

// Whoever can write the file must not have the secret sent where anybody can read it.
TEST_F(GoogleCredentialsTest, SecretsGoToTlsOrThisMachineOnly) {
  for (const char* server : {"http://tokens.example/t", "http://127.0.0.1:80@tokens.example/t", "ftp://127.0.0.1:1/"}) {
    UseFile(ServiceAccount(server));
    auto chain = Chain();
    EXPECT_EQ(RetryOf(chain.Get().status()), Retry::kHuman) << server;
  }
  EXPECT_TRUE(http_.requests().empty());
  UseFile(ServiceAccount("http://127.0.0.1:8080/t"));
  answers_["http://127.0.0.1:8080/t"] = Token("t1");
  auto chain = Chain();
  EXPECT_TRUE(chain.Get().ok());
  EXPECT_TRUE(http_.requests().at(0).direct);
}

TEST_F(GoogleCredentialsTest, WhatTheTokenServerRefuses) {
  folder_.Write(kUsersFile, kUser);
  auto chain = Chain();
  answers_[kTokenServer] = {.status = 400, .body = R"({"error":"invalid_grant","error_description":"Bad Request"})"};
  absl::Status status = chain.Get().status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), AllOf(HasSubstr("ann@x"), HasSubstr("invalid_grant (Bad Request); sign in again"),
                                       Not(HasSubstr("hush"))));
  answers_[kTokenServer] = {.status = 503, .headers = {{"retry-after", "3"}}};
  status = chain.Get().status();
  EXPECT_EQ(RetryOf(status), Retry::kCall);
  EXPECT_EQ(RetryAfterOf(status), 3'000'000);
  for (const char* body : {"", "{}", R"({"access_token":"t"})", R"({"access_token":"t","expires_in":-1})"}) {
    answers_[kTokenServer] = {.status = 200, .body = body};
    EXPECT_EQ(chain.Get().status().code(), absl::StatusCode::kDataLoss) << body;
  }
}

}  // namespace
}  // namespace datahaul

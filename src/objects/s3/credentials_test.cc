#include "objects/s3/credentials.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "objects/s3/profile.h"
#include "testing/fake_http.h"
#include "testing/sim_clock.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() { variables_["HOME"] = folder_.path(); }

  AwsCredentialChain Chain() {
    return AwsCredentialChain(&http_, &clock_, [this](const char* name) { return variables_[name]; });
  }
  static std::string Json(const std::string& key, const std::string& expiration) {
    return R"({"Code":"Success","AccessKeyId":")" + key + R"(","SecretAccessKey":"hush","Token":"tok","Expiration":")" +
           expiration + "\"}";
  }

  TempFolder folder_;
  std::map<std::string, std::string> variables_;
  std::map<std::string, std::string> answers_;  // by URL
  SimClock clock_{0};
  FakeHttp http_{[this](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
    const auto at = answers_.find(request.url);
    if (at == answers_.end()) return absl::UnavailableError("nobody there");
    return HttpResponse{.status = 200, .body = at->second};
  }};
};

TEST_F(CredentialsTest, EnvironmentFirst) {
  variables_["AWS_ACCESS_KEY_ID"] = "AKIA1";
  variables_["AWS_SECRET_ACCESS_KEY"] = "s1";
  variables_["AWS_SESSION_TOKEN"] = "t1";
  folder_.Write(".aws/credentials", "[default]\naws_access_key_id = AKIA2\naws_secret_access_key = s2\n");
  auto chain = Chain();
  const auto found = chain.Get();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->access_key, "AKIA1");
  EXPECT_EQ(found->secret, "s1");
  EXPECT_EQ(found->session_token, "t1");
  EXPECT_THAT(found->Principal(), HasSubstr("AKIA1"));
  EXPECT_THAT(found->Principal(), Not(HasSubstr("s1")));
  EXPECT_FALSE(chain.Forget(*found));
}

TEST_F(CredentialsTest, ProfileFiles) {
  folder_.Write(".aws/credentials",
                "# mine\n[default]\naws_access_key_id=AKIA2\r\naws_secret_access_key = s=2 \n\n"
                "[ other ]\naws_access_key_id = AKIA3\n");
  folder_.Write(".aws/config",
                "[profile other]\naws_secret_access_key = s3\ns3 =\n  region = nested\nregion = eu-west-1\n");
  EXPECT_EQ(Chain().Get()->access_key, "AKIA2");
  EXPECT_EQ(Chain().Get()->secret, "s=2");
  variables_["AWS_PROFILE"] = "other";
  EXPECT_EQ(Chain().Get()->access_key, "AKIA3");
  EXPECT_EQ(Chain().Get()->secret, "s3");
  EXPECT_EQ(ReadProfile([this](const char* name) { return variables_[name]; })->settings.at("region"), "eu-west-1");
}

TEST_F(CredentialsTest, AProfileThatWasChosenMustBeThereAndHoldKeys) {
  folder_.Write(".aws/config", "[profile sso]\nsso_session = x\n");
  variables_["AWS_PROFILE"] = "none";
  EXPECT_THAT(Chain().Get().status().ToString(), HasSubstr("profile none"));
  variables_["AWS_PROFILE"] = "sso";
  EXPECT_THAT(Chain().Get().status().ToString(), HasSubstr("export-credentials --profile sso"));
  EXPECT_EQ(RetryOf(Chain().Get().status()), Retry::kHuman);
}

TEST_F(CredentialsTest, ContainerAgent) {
  variables_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/id";
  variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = folder_ / "token";
  folder_.Write("token", "knock\n");
  answers_["http://169.254.170.2/v2/id"] = Json("ASIA4", "2030-01-01T00:00:00Z");
  EXPECT_EQ(Chain().Get()->access_key, "ASIA4");
  EXPECT_EQ(http_.requests()[0].headers, (HttpHeaders{{"Authorization", "knock"}}));
  EXPECT_TRUE(http_.requests()[0].direct);
}

TEST_F(CredentialsTest, ContainerAgentOverTlsMayBeBehindAProxy) {
  variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "https://agent.example/x";
  answers_["https://agent.example/x"] = Json("ASIA9", "");
  EXPECT_EQ(Chain().Get()->access_key, "ASIA9");
  EXPECT_FALSE(http_.requests()[0].direct);
}

TEST_F(CredentialsTest, ContainerAgentsElsewhereAreRefused) {
  for (const char* url : {"http://127.0.0.1.example.com/x", "http://127.0.0.1:80@evil.example/x", "http://127.0.0.1@e/",
                          "https://user:pw@agent.example/x", "127.0.0.1/x"}) {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_EQ(RetryOf(Chain().Get().status()), Retry::kHuman) << url;
  }
  EXPECT_TRUE(http_.requests().empty());
  variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:99/x";
  answers_["http://127.0.0.1:99/x"] = Json("ASIA5", "");
  EXPECT_EQ(Chain().Get()->access_key, "ASIA5");
}

TEST_F(CredentialsTest, AnAnswerThatIsNoneIsNotShown) {
  variables_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/id";
  answers_["http://169.254.170.2/v2/id"] = R"({"AccessKeyId":"ASIA6","SecretAccessKey":)";
  const auto found = Chain().Get();
  EXPECT_EQ(found.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(found.status().ToString(), Not(HasSubstr("ASIA6")));
}

TEST_F(CredentialsTest, InstanceRoleIsRenewedBeforeItExpires) {
  const std::string base = "http://169.254.169.254/latest/";
  answers_[base + "api/token"] = "session";
  answers_[base + "meta-data/iam/security-credentials/"] = "role-a\n";
  const std::string role = base + "meta-data/iam/security-credentials/role-a";
  answers_[role] = Json("ASIA7", "1970-01-01T01:00:00Z");
  auto chain = Chain();
  ASSERT_TRUE(chain.Get().ok()) << chain.Get().status();
  EXPECT_EQ(chain.Get()->access_key, "ASIA7");
  EXPECT_EQ(http_.requests().size(), 3u);
  EXPECT_EQ(http_.requests()[2].headers, (HttpHeaders{{"X-aws-ec2-metadata-token", "session"}}));
  for (const HttpRequest& request : http_.requests()) EXPECT_TRUE(request.direct) << request.url;
  answers_[role] = Json("ASIA8", "1970-01-01T02:00:00Z");
  clock_.Sleep(3'600'000'000LL - 301'000'000 - clock_.Now());
  EXPECT_EQ(chain.Get()->access_key, "ASIA7");
  clock_.Sleep(2'000'000);
  EXPECT_EQ(chain.Get()->access_key, "ASIA8");
  answers_.clear();
  clock_.Sleep(3'500'000'000LL);
  EXPECT_EQ(chain.Get()->access_key, "ASIA8");  // as good as it gets
  EXPECT_TRUE(chain.Forget(*chain.Get()));
  EXPECT_FALSE(chain.Get().ok());
}

TEST_F(CredentialsTest, FoundNowhereNamesAllPlaces) {
  const auto none = Chain().Get();
  EXPECT_EQ(RetryOf(none.status()), Retry::kHuman);
  EXPECT_THAT(none.status().ToString(), HasSubstr("AWS_ACCESS_KEY_ID"));
  variables_["AWS_EC2_METADATA_DISABLED"] = "true";
  const size_t before = http_.requests().size();
  EXPECT_FALSE(Chain().Get().ok());
  EXPECT_EQ(http_.requests().size(), before);
}

}  // namespace
}  // namespace datahaul

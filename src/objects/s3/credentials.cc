#include "objects/s3/credentials.h"

#include <simdjson.h>
#include <string_view>
#include <utility>

#include "absl/time/time.h"

#include "base/status.h"
#include "base/text.h"
#include "http/url.h"
#include "io/file.h"
#include "objects/s3/profile.h"

namespace datahaul {
namespace {

constexpr Micros kAhead = 300'000'000;          // new ones are fetched that long before the old ones expire
constexpr Micros kAgentTimeout = 5'000'000;     // of a container's agent, which was promised
constexpr Micros kInstanceTimeout = 1'000'000;  // of an address where most machines have nothing

constexpr char kNowhere[] =
    "looking for AWS credentials: found none in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in the profile files "
    "(~/.aws/credentials), from a container's agent, or from this instance's role; set the first two, or run `aws "
    "configure`";

std::string_view Setting(const Profile& profile, const char* name) {
  const auto at = profile.settings.find(name);
  return at == profile.settings.end() ? std::string_view() : at->second;
}

// What agents and metadata servers answer. Never shows it: secrets are in it.
absl::StatusOr<AwsCredentials> FromJson(const std::string& json, std::string origin) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto malformed = [&origin] {
    return DataError(StrCat("fetching AWS credentials from ", origin, ": expected them as JSON, found something else"));
  };
  if (parser.parse(json).get(root) != simdjson::SUCCESS) return malformed();
  const auto text = [&root](const char* name) {
    std::string_view value;
    return root[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  };
  AwsCredentials credentials{text("AccessKeyId"), text("SecretAccessKey"), text("Token"), {}, std::move(origin)};
  if (credentials.access_key.empty() || credentials.secret.empty()) return malformed();
  absl::Time expires;
  std::string ignored;
  if (absl::ParseTime(absl::RFC3339_full, text("Expiration"), &expires, &ignored)) {
    credentials.expires = absl::ToUnixMicros(expires);
  }
  return credentials;
}

// An agent may only be reached over TLS or on this machine: what is sent to it is secret. A user's name may look like a
// host that it is not.
bool IsSafeAgent(std::string_view url) {
  if (!url.starts_with(OriginOf(url))) return false;
  if (url.starts_with("https://")) return true;
  for (const std::string_view host : {"127.0.0.1", "localhost", "[::1]", "169.254.170.2", "169.254.170.23"}) {
    const std::string origin = StrCat("http://", host);
    if (url.starts_with(origin) &&
        (url.size() == origin.size() || url[origin.size()] == ':' || url[origin.size()] == '/')) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string AwsCredentials::Principal() const { return StrCat("access key ", access_key, " (from ", origin, ")"); }

AwsCredentialChain::AwsCredentialChain(HttpTransport* transport, Clock* clock, Environment environment)
    : transport_(transport), environment_(std::move(environment)), kept_(clock, kAhead) {}

absl::StatusOr<AwsCredentials> AwsCredentialChain::Get() {
  return kept_.Get([this] { return Find(); });
}

absl::StatusOr<AwsCredentials> AwsCredentialChain::Find() {
  AwsCredentials own{environment_("AWS_ACCESS_KEY_ID"),
                     environment_("AWS_SECRET_ACCESS_KEY"),
                     environment_("AWS_SESSION_TOKEN"),
                     {},
                     "AWS_ACCESS_KEY_ID"};
  if (!own.access_key.empty() && !own.secret.empty()) return own;
  DH_ASSIGN_OR_RETURN(std::optional<AwsCredentials> found, FromProfile());
  if (!found) {
    DH_ASSIGN_OR_RETURN(found, FromContainer());
  }
  if (!found) {
    DH_ASSIGN_OR_RETURN(found, FromInstance());
  }
  if (found) return *std::move(found);
  return HumanError(kNowhere);
}

absl::StatusOr<std::optional<AwsCredentials>> AwsCredentialChain::FromProfile() {
  DH_ASSIGN_OR_RETURN(const Profile profile, ReadProfile(environment_));
  AwsCredentials found{std::string(Setting(profile, "aws_access_key_id")),
                       std::string(Setting(profile, "aws_secret_access_key")),
                       std::string(Setting(profile, "aws_session_token")),
                       {},
                       StrCat("profile ", profile.name)};
  if (!found.access_key.empty() && !found.secret.empty()) return found;
  if (!profile.chosen) return std::nullopt;
  return HumanError(StrCat("using the AWS profile ", profile.name,
                           ": it has no aws_access_key_id and aws_secret_access_key; where it signs in by other means, "
                           "run `eval \"$(aws configure export-credentials --profile ",
                           profile.name, " --format env)\"` first"));
}

absl::StatusOr<std::optional<AwsCredentials>> AwsCredentialChain::FromContainer() {
  std::string url = environment_("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (const std::string path = environment_("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); !path.empty()) {
    url = StrCat("http://169.254.170.2", path);
  }
  if (url.empty()) return std::nullopt;
  constexpr char kAction[] = "fetching AWS credentials from the container's agent";
  if (!IsSafeAgent(url)) {
    return HumanError(StrCat(kAction,
                             ": expected AWS_CONTAINER_CREDENTIALS_FULL_URI to be https, or of this machine, "
                             "and without a user"));
  }
  // A proxy would see the token, and the keys.
  HttpRequest request{.url = url, .direct = url.starts_with("http://"), .timeout = kAgentTimeout};
  std::string token = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const std::string file = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
    DH_ASSIGN_OR_RETURN(token, ReadFile(file));
    while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  }
  if (!token.empty()) request.headers.emplace_back("Authorization", token);
  const absl::StatusOr<HttpResponse> response = transport_->Send(request);
  if (!response.ok()) return Annotate(response.status(), kAction);
  if (response->status != 200) {
    return WithRetry(absl::UnavailableError(StrCat(kAction, ": it answers ", response->status)), Retry::kCall);
  }
  DH_ASSIGN_OR_RETURN(AwsCredentials found, FromJson(response->body, "the container's agent"));
  return found;
}

// Any failure means that this is no instance with a role.
absl::StatusOr<std::optional<AwsCredentials>> AwsCredentialChain::FromInstance() {
  if (environment_("AWS_EC2_METADATA_DISABLED") == "true") return std::nullopt;
  std::string base = environment_("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (base.empty()) base = "http://169.254.169.254";
  while (base.ends_with('/')) base.pop_back();
  const auto ask = [this](HttpRequest request) -> absl::StatusOr<std::optional<std::string>> {
    request.direct = true;
    request.timeout = kInstanceTimeout;
    absl::StatusOr<HttpResponse> response = transport_->Send(request);
    if (absl::IsCancelled(response.status())) return response.status();
    if (!response.ok() || response->status != 200) return std::nullopt;
    return std::move(response->body);
  };
  DH_ASSIGN_OR_RETURN(const std::optional<std::string> token,
                      ask({.method = "PUT",
                           .url = base + "/latest/api/token",
                           .headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}}}));
  if (!token) return std::nullopt;
  const HttpHeaders headers = {{"X-aws-ec2-metadata-token", *token}};
  const std::string roles = base + "/latest/meta-data/iam/security-credentials/";
  DH_ASSIGN_OR_RETURN(const std::optional<std::string> role, ask({.url = roles, .headers = headers}));
  if (!role || role->empty()) return std::nullopt;
  const std::string name = role->substr(0, role->find('\n'));
  DH_ASSIGN_OR_RETURN(const std::optional<std::string> json, ask({.url = roles + name, .headers = headers}));
  if (!json) return std::nullopt;
  absl::StatusOr<AwsCredentials> found = FromJson(*json, StrCat("this instance's role ", name));
  if (!found.ok()) return std::nullopt;
  return *std::move(found);
}

}  // namespace datahaul

#include "objects/gcs/credentials.h"

#include <algorithm>
#include <simdjson.h>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "http/url.h"
#include "io/file.h"
#include "objects/answer.h"
#include "objects/gcs/jwt.h"
#include "retry/retry_after.h"

namespace datahaul {
namespace {

constexpr Micros kAhead = 240'000'000;       // new ones are fetched that long before the old ones expire
constexpr Micros kTimeout = 30'000'000;      // of what gives tokens
constexpr Micros kProbeTimeout = 1'000'000;  // of an address where most machines have nothing
constexpr char kMachinesAccount[] = "computeMetadata/v1/instance/service-accounts/default/";
constexpr char kScope[] = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr char kTokenServer[] = "https://oauth2.googleapis.com/token";

constexpr char kNowhere[] =
    "looking for Google credentials: found none in the file of GOOGLE_APPLICATION_CREDENTIALS, in gcloud's application "
    "default credentials, or from a metadata server; set the first to a service account's key file, run `gcloud auth "
    "application-default login`, or name a secret with --gcs-secret";

// What is wanted of a JSON object: the texts in it. Never shown whole: secrets are in it.
class Fields {
 public:
  explicit Fields(const std::string& json) {
    is_object_ = parser_.parse(json).get(root_) == simdjson::SUCCESS && root_.is_object();
  }
  bool is_object() const { return is_object_; }
  std::string Text(const char* name) const {
    std::string_view value;
    return is_object_ && root_[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  }
  int64_t Integer(const char* name) const {
    int64_t value = 0;
    return is_object_ && root_[name].get(value) == simdjson::SUCCESS ? value : 0;
  }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
  bool is_object_ = false;
};

// A token server may only be reached over TLS or on this machine: what is sent to it is secret.
bool IsSafe(std::string_view url) {
  if (!url.starts_with(OriginOf(url))) return false;
  if (url.starts_with("https://")) return true;
  for (const std::string_view origin : {"http://127.0.0.1:", "http://localhost:", "http://[::1]:"}) {
    if (url.starts_with(origin)) return true;
  }
  return false;
}

absl::StatusOr<GoogleToken> TokenIn(const std::string& json, Micros now, std::string principal) {
  const Fields fields(json);
  const Micros good_for = std::clamp<int64_t>(fields.Integer("expires_in"), 0, 86'400) * 1'000'000;
  GoogleToken token{fields.Text("access_token"), now, now + good_for, std::move(principal)};
  if (!token.secret.empty() && token.expires > now) return token;
  return DataError(StrCat("fetching a token for ", token.principal,
                          ": expected JSON with access_token and expires_in, found something else"));
}

absl::Status Refused(const HttpResponse& response, std::string_view principal) {
  const std::string action = StrCat("fetching a token for ", principal, ": ");
  if (response.status == 429 || response.status >= 500) {
    return WithRetryAfter(
        WithRetry(absl::UnavailableError(StrCat(action, "HTTP status ", response.status)), Retry::kCall),
        RetryAfterIn(response));
  }
  const Fields fields(response.body);
  const std::string code = fields.Text("error"), why = fields.Text("error_description");
  return WithRetry(
      absl::UnauthenticatedError(StrCat(action, code.empty() ? StrCat("HTTP status ", response.status) : code,
                                        why.empty() ? "" : StrCat(" (", Shortened(why), ")"),
                                        "; sign in again (`gcloud auth application-default login`), or see whether the "
                                        "key still exists and this machine's clock is right")),
      Retry::kHuman);
}

}  // namespace

GoogleCredentialChain::GoogleCredentialChain(HttpTransport* transport, Clock* clock, Environment environment)
    : transport_(transport), clock_(clock), environment_(std::move(environment)), kept_(clock, kAhead) {}

absl::StatusOr<GoogleToken> GoogleCredentialChain::Get() {
  return kept_.Get([this] { return Find(); });
}

absl::StatusOr<GoogleToken> GoogleCredentialChain::Find() {
  if (const std::string key = environment_("DATAHAUL_GCS_KEY_JSON"); !key.empty()) {
    return FromKey(key, "DATAHAUL_GCS_KEY_JSON");
  }
  if (const std::string path = environment_("GOOGLE_APPLICATION_CREDENTIALS"); !path.empty()) {
    absl::StatusOr<GoogleToken> token = FromFile(path);
    if (token.status().code() != absl::StatusCode::kNotFound) return token;
    return HumanError(StrCat(Message(token.status()), "; it is the file that GOOGLE_APPLICATION_CREDENTIALS names"));
  }
  std::string folder = environment_("CLOUDSDK_CONFIG");
  if (folder.empty()) folder = StrCat(environment_("HOME"), "/.config/gcloud");
  absl::StatusOr<GoogleToken> token = FromFile(folder + "/application_default_credentials.json");
  if (token.status().code() != absl::StatusCode::kNotFound) return token;
  DH_ASSIGN_OR_RETURN(std::optional<GoogleToken> own, FromMetadata());
  if (own) return *std::move(own);
  return HumanError(kNowhere);
}

// NOT_FOUND if there is no such file.
absl::StatusOr<GoogleToken> GoogleCredentialChain::FromFile(const std::string& path) {
  DH_ASSIGN_OR_RETURN(const std::string json, ReadFile(path));
  return FromKey(json, path);
}

absl::StatusOr<GoogleToken> GoogleCredentialChain::FromKey(const std::string& json, const std::string& origin) {
  const Fields fields(json);
  const std::string kind = fields.Text("type"), action = StrCat("reading the Google credentials in ", origin, ": ");
  std::string server = fields.Text("token_uri");
  if (server.empty()) server = kTokenServer;
  if (!IsSafe(server)) {
    return HumanError(StrCat(action, "expected its token_uri to be https, found ", OriginOf(server)));
  }
  if (kind == "service_account") {
    const std::string email = fields.Text("client_email"), key_id = fields.Text("private_key_id");
    const JwtClaims claims{key_id, email, kScope, server, clock_->Now()};
    absl::StatusOr<std::string> jwt = SignedJwt(claims, fields.Text("private_key"));
    if (!jwt.ok()) return Annotate(jwt.status(), action.substr(0, action.size() - 2));
    return Exchange(server,
                    EncodeQuery({{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", *jwt}}),
                    StrCat("service account ", email, " (from ", origin, ")"));
  }
  if (kind == "authorized_user") {
    const std::string account = fields.Text("account");
    return Exchange(server,
                    EncodeQuery({{"grant_type", "refresh_token"},
                                 {"client_id", fields.Text("client_id")},
                                 {"client_secret", fields.Text("client_secret")},
                                 {"refresh_token", fields.Text("refresh_token")}}),
                    StrCat(account.empty() ? "the user" : account, " (from ", origin, ")"));
  }
  return HumanError(StrCat(action, "expected the type service_account or authorized_user, found ",
                           kind.empty() ? "none" : Shortened(kind),
                           "; make a service account's key, or run `gcloud auth application-default login`"));
}

absl::StatusOr<GoogleToken> GoogleCredentialChain::Exchange(const std::string& url, const std::string& form,
                                                            std::string principal) {
  const Micros now = clock_->Now();
  // A proxy would see what is sent without TLS.
  const absl::StatusOr<HttpResponse> response =
      transport_->Send({.method = "POST",
                        .url = url,
                        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                        .body = form,
                        .direct = url.starts_with("http://"),
                        .timeout = kTimeout});
  if (!response.ok()) return Annotate(response.status(), StrCat("fetching a token for ", principal));
  if (response->status != 200) return Refused(*response, principal);
  return TokenIn(response->body, now, std::move(principal));
}

// Nothing if this machine has no metadata server, which is soon told. Where there is one, what fails may pass.
absl::StatusOr<std::optional<GoogleToken>> GoogleCredentialChain::FromMetadata() {
  std::string host = environment_("GCE_METADATA_HOST");
  const bool is_promised = !host.empty() || has_metadata_;
  if (host.empty()) host = "169.254.169.254";
  const auto ask = [this, &host](std::string_view path, Micros timeout) {
    return transport_->Send({.url = StrCat("http://", host, "/", path),
                             .headers = {{"Metadata-Flavor", "Google"}},
                             .direct = true,
                             .timeout = timeout});
  };
  const auto is_googles = [](const absl::StatusOr<HttpResponse>& response) {
    return response.ok() && HeaderOf(response->headers, "metadata-flavor") == "Google";
  };
  if (!is_promised) {
    const absl::StatusOr<HttpResponse> probe = ask("", kProbeTimeout);
    if (absl::IsCancelled(probe.status())) return probe.status();
    if (!is_googles(probe)) return std::nullopt;
  }
  const Micros now = clock_->Now();
  const absl::StatusOr<HttpResponse> response = ask(StrCat(kMachinesAccount, "token"), kTimeout);
  if (is_googles(response) && response->status == 404) return std::nullopt;  // a machine without a service account
  if (is_googles(response) && response->status == 200) {
    const absl::StatusOr<HttpResponse> email = ask(StrCat(kMachinesAccount, "email"), kTimeout);
    const bool has_email = email.ok() && email->status == 200;
    DH_ASSIGN_OR_RETURN(GoogleToken token, TokenIn(response->body, now,
                                                   StrCat("this machine's service account", has_email ? " " : "",
                                                          has_email ? Shortened(email->body) : "")));
    has_metadata_ = true;
    return token;
  }
  return WithRetry(absl::UnavailableError(StrCat("fetching a token from the metadata server ", host, ": ",
                                                 response.ok() ? StrCat("HTTP status ", response->status)
                                                               : std::string(Message(response.status())))),
                   Retry::kCall);
}

}  // namespace datahaul

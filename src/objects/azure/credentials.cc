#include "objects/azure/credentials.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <simdjson.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "http/url.h"
#include "io/file.h"
#include "objects/answer.h"
#include "objects/azure/connection_string.h"
#include "retry/retry_after.h"

namespace datahaul {
namespace {

constexpr Micros kAhead = 300'000'000;        // new ones are fetched that long before the old ones expire
constexpr Micros kTokenTimeout = 30'000'000;  // of services that were promised
constexpr Micros kProbeTimeout = 1'000'000;   // of an address where most machines have nothing

constexpr char kResource[] = "https://storage.azure.com/";
constexpr char kFetching[] = "fetching an Azure token";

constexpr char kNowhere[] =
    "looking for Azure credentials: found none in AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY and "
    "AZURE_STORAGE_SAS_TOKEN, in AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or "
    "AZURE_FEDERATED_TOKEN_FILE, "
    "from a managed identity, or from `az`; set the first, or run `az login`";

absl::StatusOr<AzureCredentials> KeyOf(const std::string& account, const std::string& base64, const char* variable) {
  std::string key(base64.size(), '\0');
  const std::optional<size_t> size = UnBase64To(key.data(), base64);
  if (!size || *size == 0) {
    return HumanError(StrCat("reading ", variable, ": expected an account's key in base64, found something else"));
  }
  key.resize(*size);
  return AzureCredentials{AzureCredentials::Kind::kKey,
                          account,
                          std::move(key),
                          {},
                          StrCat("the key of account ", account, " (from ", variable, ")")};
}

AzureCredentials SasOf(const std::string& account, std::string sas, const char* variable) {
  if (sas.starts_with('?')) sas.erase(0, 1);
  return {AzureCredentials::Kind::kSas, account, std::move(sas), {}, StrCat("the SAS token of ", variable)};
}

// A number of seconds, which some write as text.
std::optional<int64_t> SecondsOf(const simdjson::dom::element& root, const char* name) {
  int64_t seconds = 0;
  if (root[name].get(seconds) == simdjson::SUCCESS) return seconds;
  std::string_view text;
  if (root[name].get(text) != simdjson::SUCCESS) return std::nullopt;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, seconds).ptr != end) return std::nullopt;
  return seconds;
}

// What the service says of a refusal, which holds no secret: "invalid_client: AADSTS7000215: …".
std::string ReasonOf(const HttpResponse& response) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view error, description;
  if (parser.parse(response.body).get(root) != simdjson::SUCCESS || root["error"].get(error) != simdjson::SUCCESS) {
    return StrCat("HTTP status ", response.status);
  }
  if (root["error_description"].get(description) != simdjson::SUCCESS) description = "";
  description = description.substr(0, description.find_first_of("\r\n"));
  description = description.substr(0, description.find(" Trace ID:"));
  return StrCat(error, description.empty() ? "" : ": ", Utf8Prefix(description, 400));
}

// The first program called `az` on the path; "" if there is none.
std::string FindAz(const std::string& path) {
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    const std::string program = StrCat(folder, "/az");
    if (folder.starts_with('/') && program.find('\'') == program.npos && ::access(program.c_str(), X_OK) == 0) {
      return program;
    }
  }
  return "";
}

// What a command prints; nothing if it fails.
std::optional<std::string> OutputOf(const std::string& command) {
  FILE* const pipe = ::popen(command.c_str(), "re");
  if (pipe == nullptr) return std::nullopt;
  std::string output;
  std::array<char, 4096> buffer;
  while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), got);
  if (::pclose(pipe) != 0) return std::nullopt;
  return output;
}

}  // namespace

AzureCredentialChain::AzureCredentialChain(HttpTransport* transport, Clock* clock, Environment environment,
                                           std::string account)
    : transport_(transport),
      clock_(clock),
      environment_(std::move(environment)),
      account_(std::move(account)),
      kept_(clock, kAhead) {}

absl::StatusOr<AzureCredentials> AzureCredentialChain::Get() {
  return kept_.Get([this] { return Find(); });
}

absl::StatusOr<AzureCredentials> AzureCredentialChain::Find() {
  for (const auto from : {&AzureCredentialChain::FromStorageVariables, &AzureCredentialChain::FromServicePrincipal,
                          &AzureCredentialChain::FromAppService, &AzureCredentialChain::FromMachine,
                          &AzureCredentialChain::FromAzureCli}) {
    DH_ASSIGN_OR_RETURN(std::optional<AzureCredentials> found, (this->*from)());
    if (found) return *std::move(found);
  }
  return HumanError(kNowhere);
}

absl::StatusOr<std::optional<AzureCredentials>> AzureCredentialChain::FromStorageVariables() {
  DH_ASSIGN_OR_RETURN(const ConnectionString connection, ReadConnectionString(environment_));
  if (!connection.key.empty()) return KeyOf(connection.account, connection.key, "AZURE_STORAGE_CONNECTION_STRING");
  if (!connection.sas.empty()) return SasOf(connection.account, connection.sas, "AZURE_STORAGE_CONNECTION_STRING");
  if (const std::string key = environment_("AZURE_STORAGE_KEY"); !key.empty()) {
    return KeyOf(account_, key, "AZURE_STORAGE_KEY");
  }
  if (const std::string sas = environment_("AZURE_STORAGE_SAS_TOKEN"); !sas.empty()) {
    return SasOf(account_, sas, "AZURE_STORAGE_SAS_TOKEN");
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<AzureCredentials>> AzureCredentialChain::FromServicePrincipal() {
  const std::string tenant = environment_("AZURE_TENANT_ID"), client = environment_("AZURE_CLIENT_ID");
  const std::string secret = environment_("AZURE_CLIENT_SECRET"), file = environment_("AZURE_FEDERATED_TOKEN_FILE");
  if (tenant.empty() || client.empty() || (secret.empty() && file.empty())) return std::nullopt;
  std::string authority = environment_("AZURE_AUTHORITY_HOST");
  if (authority.empty()) authority = "https://login.microsoftonline.com";
  while (authority.ends_with('/')) authority.pop_back();
  if (!authority.starts_with("https://") || OriginOf(authority) != authority) {
    return HumanError(StrCat(kFetching, ": expected AZURE_AUTHORITY_HOST to be https://HOST"));
  }
  QueryParameters form = {
      {"client_id", client}, {"grant_type", "client_credentials"}, {"scope", StrCat(kResource, ".default")}};
  if (!secret.empty()) {
    form.emplace_back("client_secret", secret);
  } else {
    absl::StatusOr<std::string> token = ReadFile(file);  // read every time: it is replaced before it expires
    if (!token.ok()) return HumanError(StrCat(kFetching, ": ", Message(token.status())));
    while (token->ends_with('\n') || token->ends_with('\r')) token->pop_back();
    form.emplace_back("client_assertion", *token);
    form.emplace_back("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  }
  const std::string body = EncodeQuery(form);
  DH_ASSIGN_OR_RETURN(
      AzureCredentials found,
      Fetch({.method = "POST",
             .url = StrCat(authority, "/", PercentEncode(tenant), "/oauth2/v2.0/token"),
             .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
             .body = body,
             .timeout = kTokenTimeout},
            StrCat(secret.empty() ? "workload identity " : "service principal ", client,
                   secret.empty() ? " (from AZURE_FEDERATED_TOKEN_FILE)" : " (from AZURE_CLIENT_SECRET)")));
  return found;
}

absl::StatusOr<std::optional<AzureCredentials>> AzureCredentialChain::FromAppService() {
  const std::string endpoint = environment_("IDENTITY_ENDPOINT"), header = environment_("IDENTITY_HEADER");
  if (endpoint.empty() || header.empty()) return std::nullopt;
  QueryParameters query = {{"api-version", "2019-08-01"}, {"resource", kResource}};
  if (const std::string client = environment_("AZURE_CLIENT_ID"); !client.empty())
    query.emplace_back("client_id", client);
  DH_ASSIGN_OR_RETURN(AzureCredentials found, Fetch({.url = StrCat(endpoint, "?", EncodeQuery(query)),
                                                     .headers = {{"X-IDENTITY-HEADER", header}},
                                                     .direct = true,
                                                     .timeout = kTokenTimeout},
                                                    "the managed identity of this App Service"));
  return found;
}

// Nothing if this machine has no identity, which is soon told. Where it has one, what fails may pass.
absl::StatusOr<std::optional<AzureCredentials>> AzureCredentialChain::FromMachine() {
  std::string base = environment_("AZURE_POD_IDENTITY_AUTHORITY_HOST");
  const bool is_promised = !base.empty() || has_identity_;
  if (base.empty()) base = "http://169.254.169.254";
  while (base.ends_with('/')) base.pop_back();
  const std::string service = base + "/metadata/identity/oauth2/token";
  if (!is_promised) {
    // Without the header that it wants, it refuses, at once; other clouds' services at that address know no such path.
    const auto probe = transport_->Send({.url = service, .direct = true, .timeout = kProbeTimeout});
    if (absl::IsCancelled(probe.status())) return probe.status();
    if (!probe.ok() || probe->status != 400) return std::nullopt;
  }
  QueryParameters query = {{"api-version", "2018-02-01"}, {"resource", kResource}};
  if (const std::string client = environment_("AZURE_CLIENT_ID"); !client.empty())
    query.emplace_back("client_id", client);
  const absl::StatusOr<HttpResponse> response = transport_->Send({.url = StrCat(service, "?", EncodeQuery(query)),
                                                                  .headers = {{"Metadata", "true"}},
                                                                  .direct = true,
                                                                  .timeout = kTokenTimeout});
  if (response.ok() && response->status == 200) {
    DH_ASSIGN_OR_RETURN(AzureCredentials found, FromJson(response->body, "this machine's managed identity"));
    has_identity_ = true;
    return found;
  }
  // 404 and 410: it is being updated, and comes back within a minute or so.
  const bool passes = !response.ok() || response->status == 404 || response->status == 410 || response->status == 429 ||
                      response->status >= 500;
  if (!passes) return std::nullopt;  // it has none, or not that which AZURE_CLIENT_ID names
  return WithRetry(absl::UnavailableError(StrCat(kFetching, " of this machine's identity: ",
                                                 response.ok() ? StrCat("HTTP status ", response->status)
                                                               : std::string(Message(response.status())))),
                   Retry::kCall);
}

absl::StatusOr<std::optional<AzureCredentials>> AzureCredentialChain::FromAzureCli() {
  const std::string program = FindAz(environment_("PATH"));
  if (program.empty()) return std::nullopt;
  const std::optional<std::string> json = OutputOf(StrCat(
      "'", program, "' account get-access-token --output json --resource ", kResource, " 2>/dev/null </dev/null"));
  if (!json) return std::nullopt;  // nobody has signed in
  DH_ASSIGN_OR_RETURN(AzureCredentials found, FromJson(*json, "who has signed in with `az login`"));
  return found;
}

absl::StatusOr<AzureCredentials> AzureCredentialChain::Fetch(const HttpRequest& request, std::string principal) {
  const absl::StatusOr<HttpResponse> response = transport_->Send(request);
  const std::string where = StrCat(kFetching, " for ", principal);
  if (!response.ok()) return Annotate(response.status(), where);
  if (response->status == 200) return FromJson(response->body, std::move(principal));
  const std::string message = StrCat(where, ": ", ReasonOf(*response));
  if (response->status == 429 || response->status == 408 || response->status >= 500) {
    return WithRetryAfter(WithRetry(absl::UnavailableError(message), Retry::kCall), RetryAfterIn(*response));
  }
  return WithRetry(absl::UnauthenticatedError(message), Retry::kHuman);
}

// Never shows it: the token is in it.
absl::StatusOr<AzureCredentials> AzureCredentialChain::FromJson(const std::string& json, std::string principal) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto malformed = [&principal] {
    return DataError(StrCat(kFetching, " for ", principal, ": expected it as JSON, found something else"));
  };
  if (parser.parse(json).get(root) != simdjson::SUCCESS) return malformed();
  std::string_view token;
  // `az` writes names its own way.
  if (root["access_token"].get(token) != simdjson::SUCCESS && root["accessToken"].get(token) != simdjson::SUCCESS) {
    return malformed();
  }
  AzureCredentials found{.kind = AzureCredentials::Kind::kToken, .secret = std::string(token), .principal = principal};
  if (const auto at = SecondsOf(root, "expires_on")) {
    found.expires = *at * 1'000'000;
  } else if (const auto in = SecondsOf(root, "expires_in")) {
    found.expires = clock_->Now() + *in * 1'000'000;
  } else {
    found.expires = clock_->Now() + 2 * kAhead;
  }
  return found;
}

}  // namespace datahaul

#include "objects/azure/azure_client.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "objects/azure/shared_key.h"

namespace datahaul {
namespace {

constexpr Micros kHour = 3'600'000'000;

// Others on the way must not read a token, whoever holds one being let in. Of a SAS, which emulators want, this machine
// is no way.
bool MayBeSent(AzureCredentials::Kind kind, std::string_view url) {
  constexpr std::string_view kOwnHosts[] = {"http://127.0.0.1:", "http://localhost:", "http://[::1]:"};
  if (kind == AzureCredentials::Kind::kKey || url.starts_with("https://")) return true;
  return kind == AzureCredentials::Kind::kSas &&
         std::ranges::any_of(kOwnHosts, [url](std::string_view host) { return url.starts_with(host); });
}

}  // namespace

AzureClient::AzureClient(HttpTransport* transport, Clock* clock, const Environment& environment, AzureOptions options)
    : transport_(transport),
      clock_(clock),
      options_(std::move(options)),
      credentials_(transport, clock, environment, options_.account) {}

absl::StatusOr<AzureClient::Place> AzureClient::PlaceOf(const AzureUri& object) const {
  Place place{.account = object.host.empty() ? options_.account : AccountOfHost(object.host)};
  const bool ours = object.host.empty() || place.account == options_.account;
  const std::string endpoint = ours ? options_.endpoint : StrCat("https://", object.host);
  if (endpoint.empty() || place.account.empty()) {
    return UsageError(StrCat("opening ", ToText(object),
                             ": expected the name of the storage account in "
                             "AZURE_STORAGE_ACCOUNT, AZURE_STORAGE_CONNECTION_STRING or --abs-account"));
  }
  place.path = OriginOf(endpoint).size();
  place.url = StrCat(endpoint, "/", object.container);
  if (!object.key.empty()) StrAppend(&place.url, "/", PercentEncode(object.key, "/"));
  return place;
}

absl::StatusOr<AzureCredentials> AzureClient::CredentialsFor(const Place& place) {
  absl::StatusOr<AzureCredentials> found = credentials_.Get();
  if (found.status().code() == absl::StatusCode::kNotFound) {  // a file of theirs, not the blob
    return HumanError(std::string(Message(found.status())));
  }
  DH_RETURN_IF_ERROR(found.status());
  if (!found->account.empty() && found->account != place.account) {
    return HumanError(StrCat("expected credentials for account ", place.account, ", found ", found->principal,
                             "; set those of that account, or sign in with `az login`"));
  }
  if (!MayBeSent(found->kind, place.url)) {
    return HumanError(
        StrCat("expected an endpoint that is https, as ", found->principal, " sends a token, which others could read"));
  }
  return found;
}

absl::StatusOr<HttpRequest> AzureClient::Authorized(const AzureCall& call, const Place& place,
                                                    const AzureCredentials& credentials) const {
  HttpHeaders headers = call.headers;
  headers.emplace_back("x-ms-date", HttpDate(clock_->Now()));
  headers.emplace_back("x-ms-version", kAzureVersion);
  std::string query = EncodeQuery(call.query);
  switch (credentials.kind) {
    case AzureCredentials::Kind::kKey: {
      const std::string_view path = std::string_view(place.url).substr(place.path);
      DH_ASSIGN_OR_RETURN(std::string authorization,
                          SharedKeyAuthorization(place.account, credentials.secret,
                                                 {call.method, path, call.query, headers, call.body.size()}));
      headers.emplace_back("Authorization", std::move(authorization));
      break;
    }
    case AzureCredentials::Kind::kSas:
      StrAppend(&query, query.empty() ? "" : "&", credentials.secret);
      break;
    case AzureCredentials::Kind::kToken:
      headers.emplace_back("Authorization", StrCat("Bearer ", credentials.secret));
      break;
  }
  return HttpRequest{.method = std::string(call.method),
                     .url = StrCat(place.url, query.empty() ? "" : "?", query),
                     .headers = std::move(headers),
                     .body = call.body,
                     .sink = call.sink,
                     .once = call.once};
}

absl::StatusOr<HttpResponse> AzureClient::Send(const AzureCall& call) {
  DH_ASSIGN_OR_RETURN(const Place place, PlaceOf(call.object));
  const std::string where = StrCat(call.action, " ", ToText(call.object));
  const absl::StatusOr<AzureCredentials> credentials = CredentialsFor(place);
  if (!credentials.ok()) return Annotate(credentials.status(), where);
  DH_ASSIGN_OR_RETURN(const HttpRequest request, Authorized(call, place, *credentials));
  absl::StatusOr<HttpResponse> response = transport_->Send(request);
  if (!response.ok()) return Annotate(response.status(), where);
  if (response->status / 100 == 2) return response;
  absl::Status error = AzureError(*response,
                                  {call.action, call.object, call.role, credentials->principal, credentials->kind,
                                   place.account, OriginOf(place.url)},
                                  call.when_precondition_failed);
  // Tokens are renewed: what expired a moment too early is no reason for a person to act.
  if (absl::IsUnauthenticated(error) && credentials_.Forget(*credentials))
    return WithRetry(std::move(error), Retry::kCall);
  return error;
}

absl::StatusOr<HttpHeaders> AzureClient::CopySource(const AzureUri& blob) {
  DH_ASSIGN_OR_RETURN(const Place place, PlaceOf(blob));
  DH_ASSIGN_OR_RETURN(const AzureCredentials credentials, CredentialsFor(place));
  switch (credentials.kind) {
    case AzureCredentials::Kind::kKey: {
      DH_ASSIGN_OR_RETURN(const std::string sas,
                          ReadSas(place.account, credentials.secret, blob.container, blob.key, clock_->Now() + kHour));
      return HttpHeaders{{"x-ms-copy-source", StrCat(place.url, "?", sas)}};
    }
    case AzureCredentials::Kind::kSas:
      return HttpHeaders{{"x-ms-copy-source", StrCat(place.url, "?", credentials.secret)}};
    case AzureCredentials::Kind::kToken:
      break;
  }
  return HttpHeaders{{"x-ms-copy-source", place.url},
                     {"x-ms-copy-source-authorization", StrCat("Bearer ", credentials.secret)}};
}

}  // namespace datahaul

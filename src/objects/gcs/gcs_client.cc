#include "objects/gcs/gcs_client.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "objects/gcs/gcs_error.h"

namespace datahaul {

std::string GcsPath(const GcsUri& object) {
  return StrCat("/b/", object.bucket, "/o", object.key.empty() ? "" : "/", PercentEncode(object.key));
}

GcsClient::GcsClient(HttpTransport* transport, Clock* clock, Environment environment, GcsOptions options)
    : transport_(transport), options_(std::move(options)), credentials_(transport, clock, std::move(environment)) {}

absl::StatusOr<GoogleToken> GcsClient::Token(std::string_view where) {
  if (options_.anonymous) return GoogleToken{.principal = "everybody (no credentials were sent)"};
  absl::StatusOr<GoogleToken> token = credentials_.Get();
  return token.ok() ? token : Annotate(token.status(), where);
}

absl::StatusOr<HttpResponse> GcsClient::Send(const GcsCall& call) {
  const std::string where = StrCat(call.action, " ", ToText(call.object)), query = EncodeQuery(call.query);
  DH_ASSIGN_OR_RETURN(const GoogleToken token, Token(where));
  HttpRequest request{.method = std::string(call.method),
                      .url = StrCat(options_.endpoint, call.path, query.empty() ? "" : "?", query),
                      .headers = call.headers,
                      .body = call.body,
                      .sink = call.sink,
                      .once = call.once};
  if (!token.secret.empty()) request.headers.emplace_back("Authorization", StrCat("Bearer ", token.secret));
  absl::StatusOr<HttpResponse> response = transport_->Send(request);
  if (!response.ok()) return Annotate(response.status(), where);
  if (response->status / 100 == 2) return response;
  absl::Status error = GcsError(*response, {call.action, call.object, call.grants, token.principal, options_.endpoint},
                                call.when_precondition_failed);
  // What expired a moment too early is no reason for a person to act.
  if (response->status == 401 && !token.secret.empty() && credentials_.Forget(token)) {
    return WithRetry(std::move(error), Retry::kCall);
  }
  return error;
}

}  // namespace datahaul

#ifndef DATAHAUL_OBJECTS_AZURE_AZURE_CLIENT_H_
#define DATAHAUL_OBJECTS_AZURE_AZURE_CLIENT_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "http/http.h"
#include "http/url.h"
#include "objects/azure/azure_error.h"
#include "objects/azure/azure_options.h"
#include "objects/azure/azure_uri.h"
#include "objects/azure/credentials.h"

namespace datahaul {

struct AzureCall {
  std::string_view action;  // for messages: "writing"
  std::string_view role;    // what it takes: kReaderRole, kContributorRole
  std::string_view method;
  const AzureUri& object;
  QueryParameters query;
  HttpHeaders headers;
  ByteViews body;
  std::function<bool(const HttpResponse& head, std::string_view bytes)> sink;
  bool once = false;  // see HttpRequest
  absl::StatusCode when_precondition_failed = absl::StatusCode::kAlreadyExists;
};

// Requests to the blobs of any account, signed or with a token. Safe for concurrent use.
class AzureClient {
 public:
  // `options` are Completed. `transport` and `clock` must outlive it.
  AzureClient(HttpTransport* transport, Clock* clock, const Environment& environment, AzureOptions options);

  const AzureOptions& options() const { return options_; }

  // A success of HTTP, or what its lack means (AzureError).
  absl::StatusOr<HttpResponse> Send(const AzureCall& call);
  // The headers by which Azure reads a blob itself, for an hour.
  absl::StatusOr<HttpHeaders> CopySource(const AzureUri& blob);

 private:
  struct Place {
    std::string account, url;  // of a blob or container, without a query
    size_t path = 0;           // where in the url its path begins
  };

  absl::StatusOr<Place> PlaceOf(const AzureUri& object) const;
  absl::StatusOr<AzureCredentials> CredentialsFor(const Place& place);
  absl::StatusOr<HttpRequest> Authorized(const AzureCall& call, const Place& place,
                                         const AzureCredentials& credentials) const;

  HttpTransport* const transport_;
  Clock* const clock_;
  const AzureOptions options_;
  AzureCredentialChain credentials_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_AZURE_CLIENT_H_

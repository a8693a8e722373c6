#ifndef DATAHAUL_OBJECTS_GCS_GCS_CLIENT_H_
#define DATAHAUL_OBJECTS_GCS_GCS_CLIENT_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "http/http.h"
#include "http/url.h"
#include "objects/gcs/credentials.h"
#include "objects/gcs/gcs_options.h"
#include "objects/gcs/gcs_uri.h"

namespace datahaul {

// What takes which role.
inline constexpr char kGcsReads[] = "roles/storage.objectViewer";
inline constexpr char kGcsWrites[] = "roles/storage.objectAdmin";

// "/b/BUCKET/o/KEY", or "/b/BUCKET/o" without a key: how the JSON API names objects.
std::string GcsPath(const GcsUri& object);

struct GcsCall {
  std::string_view action;  // for messages: "writing"
  std::string_view grants;  // what it takes: kGcsReads
  std::string_view method;
  const GcsUri& object;  // for messages
  std::string path;      // below the endpoint: "/storage/v1/b/…"
  QueryParameters query;
  HttpHeaders headers;
  ByteViews body;
  std::function<bool(const HttpResponse& head, std::string_view bytes)> sink;
  bool once = false;  // see HttpRequest
  absl::StatusCode when_precondition_failed = absl::StatusCode::kAlreadyExists;
};

// Requests to one endpoint, with a token. Safe for concurrent use.
class GcsClient {
 public:
  // `options` are Completed. `transport` and `clock` must outlive it.
  GcsClient(HttpTransport* transport, Clock* clock, Environment environment, GcsOptions options);

  const GcsOptions& options() const { return options_; }

  // A success of HTTP, or what its lack means (GcsError).
  absl::StatusOr<HttpResponse> Send(const GcsCall& call);

 private:
  absl::StatusOr<GoogleToken> Token(std::string_view where);

  HttpTransport* const transport_;
  const GcsOptions options_;
  GoogleCredentialChain credentials_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_GCS_CLIENT_H_

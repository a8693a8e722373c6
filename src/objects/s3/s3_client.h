#ifndef DATAHAUL_OBJECTS_S3_S3_CLIENT_H_
#define DATAHAUL_OBJECTS_S3_S3_CLIENT_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "http/http.h"
#include "http/url.h"
#include "objects/s3/credentials.h"
#include "objects/s3/s3_error.h"
#include "objects/s3/s3_options.h"
#include "objects/s3/s3_uri.h"

namespace datahaul {

struct S3Call {
  std::string_view action;  // for messages: "writing"
  std::string_view grants;  // what it takes: "s3:PutObject"
  std::string_view method;
  const S3Uri& object;
  QueryParameters query;
  HttpHeaders headers;
  ByteViews body;
  std::function<bool(const HttpResponse& head, std::string_view bytes)> sink;
  bool once = false;                  // see HttpRequest
  Micros stall_timeout = 30'000'000;  // likewise
  absl::StatusCode when_precondition_failed = absl::StatusCode::kAlreadyExists;
};

// Signed requests to one endpoint. Safe for concurrent use.
class S3Client {
 public:
  // `options` are Completed. `transport` and `clock` must outlive it.
  S3Client(HttpTransport* transport, Clock* clock, Environment environment, S3Options options);

  const S3Options& options() const { return options_; }

  // A success of HTTP, or what its lack means (S3Error).
  absl::StatusOr<HttpResponse> Send(const S3Call& call);
  // What an answer means that was a success of HTTP only.
  absl::Status ErrorOf(const HttpResponse& response, const S3Call& call);

 private:
  absl::StatusOr<HttpRequest> Signed(const S3Call& call, const AwsCredentials& credentials) const;

  HttpTransport* const transport_;
  Clock* const clock_;
  const S3Options options_;
  AwsCredentialChain credentials_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_S3_CLIENT_H_

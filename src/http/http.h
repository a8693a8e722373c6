// Requests and answers.
#ifndef DATAHAUL_HTTP_HTTP_H_
#define DATAHAUL_HTTP_HTTP_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "base/byte_views.h"
#include "base/clock.h"

namespace datahaul {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The value of the first header called `name` (lower case); "" if there is none.
std::string_view HeaderOf(const HttpHeaders& headers, std::string_view name);

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  // names in lower case
  std::string body;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;      // percent-encoded
  HttpHeaders headers;  // Host and Content-Length are set by the transport
  ByteViews body;
  // Takes the body of a 2xx answer as it comes, false to stop; `head` is the answer without it. Where it is not set,
  // and for other answers, the body is in HttpResponse.
  std::function<bool(const HttpResponse& head, std::string_view bytes)> sink;
  // Sent at most once: on a connection of its own making. See Send.
  bool once = false;
  bool direct = false;                // past any proxy of the environment
  Micros timeout = 0;                 // of everything; 0 = none
  Micros stall_timeout = 30'000'000;  // with less than 1 KiB/s, both directions together
};

// Safe for concurrent use. Follows no redirects.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // An answer, whatever its status; an error only if there is none, or its body was cut: UNAVAILABLE or
  // DEADLINE_EXCEEDED, a retry of the call may help (IsUnreached where there was no connection); FAILED_PRECONDITION
  // (TLS: there is none, or a certificate that is not trusted), a person must act; CANCELLED, the thread is to stop
  // (StopScope). Messages name method and host, not the path and the query, in which secrets may stand.
  //
  // A connection that was kept open may be found closed: then the request is sent again on a new one, though the server
  // may have acted on the first, unless it says `once`.
  virtual absl::StatusOr<HttpResponse> Send(const HttpRequest& request) = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_HTTP_HTTP_H_

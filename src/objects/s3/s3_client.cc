#include "objects/s3/s3_client.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "http/digest.h"
#include "objects/s3/sigv4.h"
#include "retry/retry_after.h"

namespace datahaul {
namespace {

constexpr size_t kHashedBytes = 64 << 10;  // bodies up to this are signed with their SHA-256: requests in XML

// Host as libcurl sends it: without the scheme's own port.
std::string_view HostOf(std::string_view endpoint) {
  const bool tls = endpoint.starts_with("https://");
  endpoint.remove_prefix(endpoint.find("://") + 3);
  const std::string_view port = tls ? ":443" : ":80";
  if (endpoint.ends_with(port)) endpoint.remove_suffix(port.size());
  return endpoint;
}

}  // namespace

S3Client::S3Client(HttpTransport* transport, Clock* clock, Environment environment, S3Options options)
    : transport_(transport),
      clock_(clock),
      options_(std::move(options)),
      credentials_(transport, clock, std::move(environment)) {}

absl::StatusOr<HttpRequest> S3Client::Signed(const S3Call& call, const AwsCredentials& credentials) const {
  // A dot in a bucket's name would not fit the certificate.
  const bool in_path = options_.path_style || call.object.bucket.find('.') != std::string::npos;
  const std::string_view scheme = options_.endpoint.starts_with("https://") ? "https://" : "http://";
  const std::string host =
      in_path ? std::string(HostOf(options_.endpoint)) : StrCat(call.object.bucket, ".", HostOf(options_.endpoint));
  const std::string path =
      StrCat(in_path ? StrCat("/", call.object.bucket) : "", "/", PercentEncode(call.object.key, "/"));
  const std::string query = EncodeQuery(call.query);
  const Micros now = clock_->Now();
  std::string hash(kUnsignedPayload);
  if (call.body.size() <= kHashedBytes) {
    std::string scratch;
    DH_ASSIGN_OR_RETURN(const std::string digest, Sha256(call.body.In(&scratch)));
    hash = Hex(digest);
  }
  HttpHeaders headers = call.headers;
  headers.emplace_back("x-amz-date", SigV4Time(now));
  headers.emplace_back("x-amz-content-sha256", hash);
  if (!credentials.session_token.empty()) headers.emplace_back("x-amz-security-token", credentials.session_token);
  SigV4Request to_sign{call.method, path, query, headers, hash};
  to_sign.headers.emplace_back("host", host);
  DH_ASSIGN_OR_RETURN(std::string authorization, SigV4Authorization(credentials.access_key, credentials.secret, now,
                                                                    {options_.region, "s3"}, to_sign));
  headers.emplace_back("Authorization", std::move(authorization));
  return HttpRequest{.method = std::string(call.method),
                     .url = StrCat(scheme, host, path, query.empty() ? "" : "?", query),
                     .headers = std::move(headers),
                     .body = call.body,
                     .sink = call.sink,
                     .once = call.once,
                     .stall_timeout = call.stall_timeout};
}

absl::StatusOr<HttpResponse> S3Client::Send(const S3Call& call) {
  absl::StatusOr<AwsCredentials> credentials = credentials_.Get();
  const std::string where = StrCat(call.action, " ", ToText(call.object));
  if (credentials.status().code() == absl::StatusCode::kNotFound) {  // a file of theirs, not the object
    return HumanError(StrCat(where, ": ", Message(credentials.status())));
  }
  if (!credentials.ok()) return Annotate(credentials.status(), where);
  DH_ASSIGN_OR_RETURN(const HttpRequest request, Signed(call, *credentials));
  absl::StatusOr<HttpResponse> response = transport_->Send(request);
  if (!response.ok()) return Annotate(response.status(), where);
  if (response->status / 100 == 2) return response;
  absl::Status error = ErrorOf(*response, call);
  // Keys that are lent are renewed: what expired a moment too early is no reason for a person to act.
  if (absl::IsUnauthenticated(error) && credentials_.Forget(*credentials))
    return WithRetry(std::move(error), Retry::kCall);
  return error;
}

absl::Status S3Client::ErrorOf(const HttpResponse& response, const S3Call& call) {
  const absl::StatusOr<AwsCredentials> credentials = credentials_.Get();
  const std::string principal = credentials.ok() ? credentials->Principal() : "these credentials";
  return S3Error(response, {call.action, call.method, call.object, call.grants, principal, options_.endpoint},
                 call.when_precondition_failed);
}

}  // namespace datahaul

#include "objects/s3/s3_error.h"

#include <algorithm>
#include <iterator>

#include "base/status.h"
#include "base/text.h"
#include "objects/answer.h"
#include "objects/xml.h"
#include "retry/retry_after.h"

namespace datahaul {
namespace {

struct Told {
  std::string code, message;
};

Told ReadBody(const HttpResponse& response) {
  const absl::StatusOr<XmlElement> root = ParseXml(response.body);
  if (root.ok() && root->name == "Error" && root->Find("Code") != nullptr) {
    return {std::string(root->TextOf("Code")), std::string(root->TextOf("Message"))};
  }
  switch (response.status) {
    case 403:
      return {"AccessDenied", ""};
    case 404:  // with a body it is not the store that answers
      return {response.body.empty() ? "NoSuchKey" : "HTTP status 404", ""};
    case 412:
      return {"PreconditionFailed", ""};
    default:
      return {StrCat("HTTP status ", response.status), ""};
  }
}

template <size_t n>
bool IsOneOf(std::string_view code, const std::string_view (&codes)[n]) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

bool IsPassing(int status, std::string_view code) {
  constexpr std::string_view kPassing[] = {"RequestTimeout",       "SlowDown",
                                           "InternalError",        "ServiceUnavailable",
                                           "OperationAborted",     "BadDigest",
                                           "IncompleteBody",       "ConditionalRequestConflict",
                                           "Throttling",           "XAmzContentChecksumMismatch",
                                           "RequestLimitExceeded", "SlowDownRead",
                                           "SlowDownWrite"};
  return status == 429 || status == 408 || status >= 500 || IsOneOf(code, kPassing);
}

}  // namespace

std::string S3CodeOf(const HttpResponse& response) { return ReadBody(response).code; }

absl::Status S3Error(const HttpResponse& response, const S3Request& request, absl::StatusCode when_failed) {
  constexpr std::string_view kBadCredentials[] = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken",
                                                  "ExpiredToken", "TokenRefreshRequired"};
  constexpr std::string_view kOtherRegion[] = {"PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect",
                                               "IllegalLocationConstraintException"};
  const Told told = ReadBody(response);
  const std::string action = StrCat(request.action, " ", ToText(request.object), ": ");
  const std::string found = told.message.empty() ? told.code : StrCat(told.code, " (", told.message, ")");
  if (told.code == "NoSuchBucket") {
    return WithRetry(absl::NotFoundError(StrCat(action, "there is no bucket ", request.object.bucket, "; create it")),
                     Retry::kHuman);
  }
  if (told.code == "NoSuchKey")
    return WithRetry(absl::NotFoundError(action + "there is no such object"), Retry::kNever);
  if (told.code == "InvalidRange" || response.status == 416) {
    return WithRetry(absl::OutOfRangeError(action + "there is nothing in the range that was asked for"), Retry::kNever);
  }
  if (told.code == "NoSuchUpload") {
    return WithRetry(absl::NotFoundError(action + "there is no such upload; it was finished or aborted"),
                     Retry::kNever);
  }
  if (told.code == "PreconditionFailed") {
    if (when_failed == absl::StatusCode::kAlreadyExists) {
      return absl::AlreadyExistsError(action + "it is there already");
    }
    return absl::Status(when_failed, action + "somebody has changed it meanwhile");
  }
  if (IsOneOf(told.code, kBadCredentials)) {
    return WithRetry(absl::UnauthenticatedError(StrCat(action, "the store does not accept ", request.principal, ": ",
                                                       found, "; check the key, its secret and the endpoint")),
                     Retry::kHuman);
  }
  if (response.status == 404 && told.code == "HTTP status 404") {
    return HumanError(StrCat(action, found, ", and nothing that a store says; check the endpoint"));
  }
  if (told.code == "RequestTimeTooSkewed") return HumanError(StrCat(action, found, "; set this machine's clock"));
  if (IsOneOf(told.code, kOtherRegion) || response.status == 301) {
    const std::string_view region = HeaderOf(response.headers, "x-amz-bucket-region");
    return HumanError(StrCat(action, "the bucket ", request.object.bucket, " is in another region",
                             region.empty() ? "" : ", ", region, "; name it with --s3-region"));
  }
  if (response.status == 501 || told.code == "NotImplemented") {
    return WithRetry(absl::UnimplementedError(StrCat(action, found, "; this store cannot do it")), Retry::kNever);
  }
  if (IsPassing(response.status, told.code)) {
    return WithRetryAfter(WithRetry(absl::UnavailableError(action + found), Retry::kCall), RetryAfterIn(response));
  }
  if (response.status == 401 || response.status == 403) {
    return WithRetry(absl::PermissionDeniedError(StrCat(action, found, "; grant ", request.principal, " ",
                                                        request.grants, " on bucket ", request.object.bucket)),
                     Retry::kHuman);
  }
  return InternalError(action + found);
}

}  // namespace datahaul

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
  std::string code, message, region;
  bool by_store = true;  // as far as one can see
};

// Answers to HEAD have no body; those to DELETE have none in some stores.
Told ReadBody(const HttpResponse& response, std::string_view method) {
  const absl::StatusOr<XmlElement> root = ParseXml(response.body);
  if (root.ok() && root->name == "Error" && root->Find("Code") != nullptr) {
    return {std::string(root->TextOf("Code")), std::string(root->TextOf("Message")),
            std::string(root->TextOf("Region"))};
  }
  const bool may_be_bare = response.body.empty() && (method == "HEAD" || method == "DELETE");
  switch (response.status) {
    case 403:
      return {"AccessDenied", "", ""};
    case 404:
      if (may_be_bare) return {"NoSuchKey", "", ""};
      break;
    case 412:
      return {"PreconditionFailed", "", ""};
    default:
      break;
  }
  return {StrCat("HTTP status ", response.status), "", "", may_be_bare};
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

absl::Status S3Error(const HttpResponse& response, const S3Request& request, absl::StatusCode when_failed) {
  constexpr std::string_view kBadCredentials[] = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken",
                                                  "XAdminUserNotFound"};  // the last is versitygw's
  constexpr std::string_view kExpired[] = {"ExpiredToken", "TokenRefreshRequired"};
  constexpr std::string_view kOtherRegion[] = {"PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect",
                                               "IllegalLocationConstraintException"};
  const Told told = ReadBody(response, request.method);
  const std::string action = StrCat(request.action, " ", ToText(request.object), ": ");
  const std::string found = told.message.empty() ? told.code : StrCat(told.code, " (", told.message, ")");
  if (told.code == "NoSuchBucket") {
    return WithRetry(absl::NotFoundError(StrCat(action, "there is no bucket ", request.object.bucket, " at ",
                                                request.endpoint, "; create it, or check its name and the endpoint")),
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
  if (told.code == "InvalidPart") {
    return DataError(StrCat(action, "the store has not all of its pieces as they were put: ", found,
                            "; cancel the job and begin a new one"));
  }
  if (told.code == "PreconditionFailed") {
    if (when_failed == absl::StatusCode::kAlreadyExists) {
      return absl::AlreadyExistsError(action + "it is there already");
    }
    return absl::Status(when_failed, action + "somebody has changed it meanwhile");
  }
  if (IsOneOf(told.code, kBadCredentials)) {
    return WithRetry(
        absl::UnauthenticatedError(StrCat(action, "the store does not accept ", request.principal, ": ", found,
                                          "; check the key, its secret and the endpoint ", request.endpoint)),
        Retry::kHuman);
  }
  if (IsOneOf(told.code, kExpired)) {
    return WithRetry(absl::UnauthenticatedError(StrCat(action, "the session token of ", request.principal,
                                                       " has expired: ", found, "; fetch new credentials")),
                     Retry::kHuman);
  }
  if (told.code == "InvalidBucketName") {
    return HumanError(StrCat(action, found, "; names of buckets are 3 to 63 small letters, digits, dots and hyphens"));
  }
  if (told.code == "RequestTimeTooSkewed") return HumanError(StrCat(action, found, "; set this machine's clock"));
  std::string_view region = HeaderOf(response.headers, "x-amz-bucket-region");
  if (IsOneOf(told.code, kOtherRegion) || (response.status == 301 && !region.empty())) {
    if (region.empty()) region = told.region;
    return HumanError(StrCat(action, "the bucket ", request.object.bucket, " is in another region",
                             region.empty() ? "" : ", ", region, "; name it with --s3-region"));
  }
  if (!told.by_store && response.status < 500 && response.status != 408 && response.status != 429) {
    return HumanError(StrCat(action, found, ", and nothing that a store says; check the endpoint ", request.endpoint,
                             ", its port, and whether it is http or https"));
  }
  if (response.status == 501 || told.code == "NotImplemented") {
    return WithRetry(absl::UnimplementedError(StrCat(action, found, "; this store cannot do it")), Retry::kNever);
  }
  if (IsPassing(response.status, told.code)) {
    return WithRetryAfter(WithRetry(absl::UnavailableError(action + found), Retry::kCall), RetryAfterIn(response));
  }
  if (response.status == 401 || response.status == 403) {
    // The bucket's objects are encrypted with a key of somebody's own.
    const bool of_key = told.message.find("kms:") != std::string::npos;
    const std::string_view grants = of_key ? "kms:GenerateDataKey and kms:Decrypt on the key of" : request.grants;
    return WithRetry(absl::PermissionDeniedError(StrCat(action, found, "; grant ", request.principal, " ", grants,
                                                        of_key ? " bucket " : " on bucket ", request.object.bucket)),
                     Retry::kHuman);
  }
  return InternalError(action + found);
}

}  // namespace datahaul

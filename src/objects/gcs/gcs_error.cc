#include "objects/gcs/gcs_error.h"

#include <simdjson.h>
#include <string>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "objects/answer.h"
#include "retry/retry_after.h"

namespace datahaul {
namespace {

constexpr size_t kMostShown = 300;  // bytes of what the store says

struct Told {
  bool by_store = false;
  std::string reason, message;
};

// {"error":{"message":…,"errors":[{"reason":…}]}}; or, where bytes of an object were asked for, a line of text.
Told ReadBody(const HttpResponse& response) {
  simdjson::dom::parser parser;
  simdjson::dom::element root, error;
  std::string_view text;
  Told told;
  if (parser.parse(response.body).get(root) == simdjson::SUCCESS && root["error"].get(error) == simdjson::SUCCESS) {
    told.by_store = true;
    if (error["message"].get(text) == simdjson::SUCCESS) told.message = text;
    if (error["errors"].at(0)["reason"].get(text) == simdjson::SUCCESS) told.reason = text;
    return told;
  }
  const std::string_view line = std::string_view(response.body).substr(0, response.body.find('\n'));
  told.by_store = response.body.empty() || line.starts_with("No such object") || line == "Not Found";
  if (!line.starts_with('<')) told.message = line;
  return told;
}

bool IsPassing(int status, const Told& told) {
  // Bytes that were damaged on their way.
  const bool is_damaged = status == 400 && told.message.find("CRC32C") != std::string::npos;
  const bool is_limit = status == 403 && (told.reason == "rateLimitExceeded" || told.reason == "userRateLimitExceeded");
  return status == 429 || status == 408 || status >= 500 || is_damaged || is_limit;
}

}  // namespace

absl::Status NoGcsBucket(std::string_view action, const GcsUri& object, std::string_view endpoint) {
  return WithRetry(absl::NotFoundError(StrCat(action, " ", ToText(object), ": there is no bucket ", object.bucket,
                                              " at ", endpoint, "; create it, or check its name and the endpoint")),
                   Retry::kHuman);
}

bool IsAbsentInGcs(const absl::Status& status) {
  return status.code() == absl::StatusCode::kNotFound && RetryOf(status) == Retry::kNever;
}

absl::Status GcsError(const HttpResponse& response, const GcsRequest& request, absl::StatusCode when_failed) {
  const Told told = ReadBody(response);
  const std::string action = StrCat(request.action, " ", ToText(request.object), ": ");
  std::string found = StrCat("HTTP status ", response.status);
  if (!told.message.empty()) StrAppend(&found, " (", Utf8Prefix(told.message, kMostShown), ")");
  const std::string grant =
      StrCat("; grant ", request.principal, " ", request.grants, " on bucket ", request.object.bucket);
  const auto nobody = [&] {
    return HumanError(StrCat(action, found, ", and nothing that a store says; check the endpoint ", request.endpoint,
                             ", its port, and whether it is http or https"));
  };
  if (response.status == 404) {
    if (!told.by_store) return nobody();
    if (request.object.key.empty() || told.message.find("bucket does not exist") != std::string::npos) {
      return NoGcsBucket(request.action, request.object, request.endpoint);
    }
    return WithRetry(absl::NotFoundError(action + "there is no such object"), Retry::kNever);
  }
  if (response.status == 416) {
    return WithRetry(absl::OutOfRangeError(action + "there is nothing in the range that was asked for"), Retry::kNever);
  }
  if (response.status == 412) {
    if (when_failed == absl::StatusCode::kAlreadyExists) {
      return absl::AlreadyExistsError(action + "it is there already");
    }
    return absl::Status(when_failed, action + "somebody has changed it meanwhile");
  }
  if (response.status == 501) {
    return WithRetry(absl::UnimplementedError(StrCat(action, found, "; this store cannot do it")), Retry::kNever);
  }
  if (IsPassing(response.status, told)) {
    return WithRetryAfter(WithRetry(absl::UnavailableError(action + found), Retry::kCall), RetryAfterIn(response));
  }
  if (response.status == 401) {
    return WithRetry(
        absl::UnauthenticatedError(StrCat(action, "the store does not accept ", request.principal, ": ", found,
                                          "; see whether these credentials are still valid, and", grant.substr(1))),
        Retry::kHuman);
  }
  if (response.status == 403) {
    return WithRetry(absl::PermissionDeniedError(StrCat(action, found, grant)), Retry::kHuman);
  }
  return told.by_store ? InternalError(action + found) : nobody();
}

}  // namespace datahaul

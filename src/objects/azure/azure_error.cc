#include "objects/azure/azure_error.h"

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

Told ReadAnswer(const HttpResponse& response) {
  Told told{std::string(HeaderOf(response.headers, "x-ms-error-code")), ""};
  const absl::StatusOr<XmlElement> root = ParseXml(response.body);
  if (root.ok() && root->name == "Error" && root->Find("Code") != nullptr) {
    told.code = root->TextOf("Code");
    const std::string_view message = root->TextOf("Message");  // lines with the number and time of the request follow
    told.message = message.substr(0, message.find_first_of("\r\n"));
  }
  if (told.code.empty()) told.code = StrCat("HTTP status ", response.status);
  return told;
}

template <size_t n>
bool IsOneOf(std::string_view code, const std::string_view (&codes)[n]) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

bool IsPassing(int status, std::string_view code) {
  constexpr std::string_view kPassing[] = {"ServerBusy", "InternalError", "OperationTimedOut", "Crc64Mismatch",
                                           "ContainerBeingDeleted"};
  return status == 429 || status == 408 || status >= 500 || IsOneOf(code, kPassing);
}

bool IsPrecondition(int status, std::string_view code) {
  constexpr std::string_view kFailed[] = {"BlobAlreadyExists", "ConditionNotMet", "SourceConditionNotMet",
                                          "TargetConditionNotMet"};
  return IsOneOf(code, kFailed) || (status == 412 && code.starts_with("HTTP status"));
}

absl::Status NoStore(const std::string& action, const Told& told, const AzureRequest& request) {
  return HumanError(StrCat(action, told.code, ", and nothing that a store says; check the account, the endpoint ",
                           request.endpoint, ", its port, and whether it is http or https"));
}

absl::Status Absent(const std::string& action, const Told& told, const AzureRequest& request) {
  constexpr std::string_view kBlob[] = {"BlobNotFound", "PathNotFound", "ResourceNotFound"};
  if (told.code == "ContainerNotFound") {
    return WithRetry(absl::NotFoundError(StrCat(action, "there is no container ", request.object.container,
                                                " in account ", request.account, " at ", request.endpoint,
                                                "; create it, or check its name and the account")),
                     Retry::kHuman);
  }
  if (IsOneOf(told.code, kBlob)) return WithRetry(absl::NotFoundError(action + "there is no such blob"), Retry::kNever);
  return NoStore(action, told, request);
}

// What would let the principal do what was refused. A key may do everything: it is wrong, or out of place.
std::string Grant(const AzureRequest& request) {
  const std::string where = StrCat(" on container ", request.object.container, " of account ", request.account);
  switch (request.kind) {
    case AzureCredentials::Kind::kKey:
      return StrCat("check ", request.principal);
    case AzureCredentials::Kind::kSas:
      return StrCat("replace ", request.principal, " by one with the permissions ",
                    request.role == kReaderRole ? "r and l" : "r, w, d and l", where);
    case AzureCredentials::Kind::kToken:
      break;
  }
  return StrCat("give ", request.principal, " the role ", request.role, where);
}

// What a person must mend; OK if it is nothing of the kind.
absl::Status InTheWay(const std::string& action, const Told& told, const std::string& found) {
  constexpr std::string_view kLeases[] = {"LeaseIdMissing", "LeaseIdMismatchWithBlobOperation", "LeaseLost"};
  constexpr std::string_view kKinds[] = {"InvalidBlobType", "BlobTypeMismatch"};
  if (IsOneOf(told.code, kLeases)) return HumanError(StrCat(action, "somebody holds a lease on it; break or end that"));
  if (told.code == "SnapshotsPresent") return HumanError(StrCat(action, "it has snapshots; delete them first"));
  if (told.code.starts_with("BlobImmutable")) {
    return HumanError(StrCat(action, found, "; a policy of the container keeps it from being changed"));
  }
  if (told.code == "BlobArchived" || told.code == "BlobBeingRehydrated") {
    return HumanError(StrCat(action, "it is archived; set its access tier to hot or cool, and wait until it is"));
  }
  if (IsOneOf(told.code, kKinds)) {
    return HumanError(StrCat(action, "it is no block blob, but a page or append blob; delete it or take another name"));
  }
  if (told.code == "InvalidBlobOrBlock") {
    return HumanError(StrCat(action,
                             "another program's unfinished upload to that name is in the way; let it end, write "
                             "something small there and delete it, or wait a week"));
  }
  if (told.code == "InvalidResourceName" || told.code == "OutOfRangeInput") {
    return HumanError(StrCat(action, found,
                             "; names of containers are 3 to 63 small letters, digits and hyphens, those of blobs "
                             "1024 characters at most"));
  }
  if (told.code == "KeyBasedAuthenticationNotPermitted") {
    return HumanError(StrCat(action,
                             "the account takes no keys; use `az login` or another identity, and unset "
                             "AZURE_STORAGE_CONNECTION_STRING and AZURE_STORAGE_KEY"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AzureError(const HttpResponse& response, const AzureRequest& request, absl::StatusCode when_failed) {
  constexpr std::string_view kBadCredentials[] = {"AuthenticationFailed", "InvalidAuthenticationInfo",
                                                  "NoAuthenticationInformation"};
  const Told told = ReadAnswer(response);
  const std::string action = StrCat(request.action, " ", ToText(request.object), ": ");
  const std::string found = told.message.empty() ? told.code : StrCat(told.code, " (", told.message, ")");
  if (response.status == 404) return Absent(action, told, request);
  if (told.code == "InvalidRange" || response.status == 416) {
    return WithRetry(absl::OutOfRangeError(action + "there is nothing in the range that was asked for"), Retry::kNever);
  }
  if (IsPrecondition(response.status, told.code)) {
    if (when_failed == absl::StatusCode::kAlreadyExists) {
      return absl::AlreadyExistsError(action + "it is there already");
    }
    return absl::Status(when_failed, action + "somebody has changed it meanwhile");
  }
  if (told.code == "InvalidBlockList") {
    return WithRetry(absl::NotFoundError(action + "not all of its pieces are there"), Retry::kNever);
  }
  if (IsOneOf(told.code, kBadCredentials)) {
    return WithRetry(
        absl::UnauthenticatedError(StrCat(action, "account ", request.account, " does not accept ", request.principal,
                                          ": ", found, "; check it, when it expires, and this machine's clock")),
        Retry::kHuman);
  }
  DH_RETURN_IF_ERROR(InTheWay(action, told, found));
  if (response.status == 501) {
    return WithRetry(absl::UnimplementedError(StrCat(action, found, "; this store cannot do it")), Retry::kNever);
  }
  if (IsPassing(response.status, told.code)) {
    return WithRetryAfter(WithRetry(absl::UnavailableError(action + found), Retry::kCall), RetryAfterIn(response));
  }
  if (response.status == 401 || response.status == 403) {
    return WithRetry(absl::PermissionDeniedError(StrCat(action, found, "; ", Grant(request),
                                                        ", and let this machine "
                                                        "through the account's firewall")),
                     Retry::kHuman);
  }
  return told.code.starts_with("HTTP status") ? NoStore(action, told, request) : InternalError(action + found);
}

}  // namespace datahaul

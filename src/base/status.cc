#include "base/status.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/cord.h"

#include "base/text.h"

namespace datahaul {
namespace {

constexpr char kRetryPayload[] = "datahaul/retry";

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::StatusCode::kNotFound;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
      return absl::StatusCode::kResourceExhausted;
    case EINTR:
    case EAGAIN:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kUnknown;
  }
}

Retry RetryOfErrno(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EACCES:
    case EPERM:
    case EROFS:
    case EEXIST:
    case EMFILE:
    case ENFILE:
      return Retry::kHuman;
    case EINTR:
    case EAGAIN:
      return Retry::kCall;
    case EIO:
      return Retry::kTask;
    default:
      return Retry::kNever;
  }
}

}  // namespace

absl::Status WithRetry(absl::Status status, Retry retry) {
  if (!status.ok()) status.SetPayload(kRetryPayload, absl::Cord(std::string(1, static_cast<char>('0' + int(retry)))));
  return status;
}

Retry RetryOf(const absl::Status& status) {
  if (auto payload = status.GetPayload(kRetryPayload)) {
    return static_cast<Retry>(std::string(*payload)[0] - '0');
  }
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return Retry::kCall;
    case absl::StatusCode::kAborted:
      return Retry::kTask;
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return Retry::kHuman;
    case absl::StatusCode::kInvalidArgument:
      return Retry::kUsage;
    default:
      return Retry::kNever;
  }
}

absl::Status DataError(std::string message) { return WithRetry(absl::DataLossError(message), Retry::kNever); }
absl::Status HumanError(std::string message) {
  return WithRetry(absl::FailedPreconditionError(message), Retry::kHuman);
}
absl::Status UsageError(std::string message) { return WithRetry(absl::InvalidArgumentError(message), Retry::kUsage); }
absl::Status InternalError(std::string message) { return WithRetry(absl::InternalError(message), Retry::kNever); }

absl::Status ErrnoError(int error, std::string_view action) {
  std::string message = StrCat(action, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) StrAppend(&message, "; free some room, then resume the job");
  return WithRetry(absl::Status(CodeOf(error), message), RetryOfErrno(error));
}

absl::Status Annotate(const absl::Status& status, std::string_view context) {
  if (status.ok()) return status;
  absl::Status result(status.code(), StrCat(context, ": ", Message(status)));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) { result.SetPayload(url, payload); });
  return result;
}

}  // namespace datahaul

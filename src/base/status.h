// Status helpers: the one error vocabulary of the project.
//
// An error message names the action, the user's object, the place, expected and found, and the remedy; never a secret.
// Whether a retry can help travels inside the status (see RetryOf), so that nobody has to guess it from a code.
#ifndef DATAHAUL_BASE_STATUS_H_
#define DATAHAUL_BASE_STATUS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace datahaul {

// Who can make progress after an error.
enum class Retry : uint8_t {
  kNever,  // the same input fails again: bad data, bad request
  kCall,   // the same call may succeed in a moment: network, throttling
  kTask,   // the whole task may succeed when begun again: lost lease, changed input
  kHuman,  // after a person acts: disk full, permission, credentials, destination exists
  kUsage,  // the same command fails again: its words are wrong
};

// Returns `status` marked with `retry`. OK stays OK.
absl::Status WithRetry(absl::Status status, Retry retry);

// The only classifier. A marked status says so itself; otherwise it follows from the code.
Retry RetryOf(const absl::Status& status);

// Shorthands for the commonest errors.
absl::Status DataError(std::string message);      // damaged or malformed input; DATA_LOSS, kNever
absl::Status HumanError(std::string message);     // a person must act; FAILED_PRECONDITION, kHuman
absl::Status UsageError(std::string message);     // the command's words are wrong; INVALID_ARGUMENT, kUsage
absl::Status InternalError(std::string message);  // a promise of our own was broken; INTERNAL, kNever

// Error from errno: "ACTION: strerror". Classes: ENOSPC, EDQUOT, EACCES, EPERM, EROFS, EEXIST -> kHuman; ENOENT ->
// NOT_FOUND; EINTR, EAGAIN -> kCall; EIO -> kTask.
absl::Status ErrnoError(int error, std::string_view action);

// The message as std::string_view; valid while the status lives.
inline std::string_view Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// Prepends "context: " to the message and keeps code and retry class. OK stays OK.
absl::Status Annotate(const absl::Status& status, std::string_view context);

}  // namespace datahaul

#define DH_CONCAT_INNER_(a, b) a##b
#define DH_CONCAT_(a, b) DH_CONCAT_INNER_(a, b)

#define DH_RETURN_IF_ERROR(expr)                                                 \
  do {                                                                           \
    if (::absl::Status dh_status_ = (expr); !dh_status_.ok()) return dh_status_; \
  } while (false)

#define DH_ASSIGN_OR_RETURN(lhs, expr) DH_ASSIGN_OR_RETURN_IMPL_(DH_CONCAT_(dh_or_, __LINE__), lhs, expr)
#define DH_ASSIGN_OR_RETURN_IMPL_(var, lhs, expr) \
  auto var = (expr);                              \
  if (!var.ok()) return std::move(var).status();  \
  lhs = *std::move(var)

#endif  // DATAHAUL_BASE_STATUS_H_

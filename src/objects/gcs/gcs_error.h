// What an answer of Google Cloud Storage that is not a success means.
#ifndef DATAHAUL_OBJECTS_GCS_GCS_ERROR_H_
#define DATAHAUL_OBJECTS_GCS_GCS_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

#include "http/http.h"
#include "objects/gcs/gcs_uri.h"

namespace datahaul {

// What was asked for, for the message.
struct GcsRequest {
  std::string_view action;     // "writing"
  const GcsUri& object;        // without a key: its bucket is what may be missing
  std::string_view grants;     // what it takes: "roles/storage.objectViewer"
  std::string_view principal;  // who asked
  std::string_view endpoint;   // who was asked
};

// NOT_FOUND: no such object (a retry never helps; there may be no such bucket as well) or bucket (a person must act).
// FAILED_PRECONDITION: what answers is
// no store. UNAUTHENTICATED, PERMISSION_DENIED: names principal, bucket and what to grant. ALREADY_EXISTS, ABORTED: a
// precondition that `when_failed` says. UNIMPLEMENTED: the store never does this. UNAVAILABLE: a retry of the call may
// help, after the wait that the answer asks for.
absl::Status GcsError(const HttpResponse& response, const GcsRequest& request,
                      absl::StatusCode when_failed = absl::StatusCode::kAlreadyExists);

// There is no such bucket.
absl::Status NoGcsBucket(std::string_view action, const GcsUri& object, std::string_view endpoint);

// The object is not there, as far as the store tells.
bool IsAbsentInGcs(const absl::Status& status);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_GCS_ERROR_H_

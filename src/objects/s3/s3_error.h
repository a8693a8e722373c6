// What an answer of S3 that is not a success means.
#ifndef DATAHAUL_OBJECTS_S3_S3_ERROR_H_
#define DATAHAUL_OBJECTS_S3_S3_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "http/http.h"
#include "objects/s3/s3_uri.h"

namespace datahaul {

// What was asked for, for the message.
struct S3Request {
  std::string_view action;  // "writing"
  std::string_view method;  // "PUT"
  const S3Uri& object;
  std::string_view grants;     // what it takes: "s3:PutObject"
  std::string_view principal;  // who asked
  std::string_view endpoint;   // who was asked
};

// NOT_FOUND: no such object (a retry never helps; of a HEAD, there may be no such bucket or store as well) or bucket (a
// person must act). FAILED_PRECONDITION: what answers is no store. DATA_LOSS: parts of an upload are not those that are
// to be joined. PERMISSION_DENIED: names principal, bucket and what to grant. ALREADY_EXISTS, ABORTED: a precondition
// that `when_failed` says. UNIMPLEMENTED: the store never does this. UNAVAILABLE: a retry of the call may help, after
// the wait that the answer asks for.
absl::Status S3Error(const HttpResponse& response, const S3Request& request,
                     absl::StatusCode when_failed = absl::StatusCode::kAlreadyExists);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_S3_ERROR_H_

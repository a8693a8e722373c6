// Who signs requests to S3.
#ifndef DATAHAUL_OBJECTS_S3_CREDENTIALS_H_
#define DATAHAUL_OBJECTS_S3_CREDENTIALS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "http/http.h"
#include "objects/environment.h"
#include "objects/kept_credentials.h"

namespace datahaul {

struct AwsCredentials {
  std::string access_key;
  std::string secret;
  std::string session_token;  // "" = none
  std::optional<Micros> expires;
  std::string origin;  // where they were found, for messages
  Micros fetched = 0;

  // For messages: without the secret, which is never shown.
  std::string Principal() const;
};

// Finds credentials where AWS' own tools look, in their order: the environment (AWS_ACCESS_KEY_ID …), the profile
// files, the container's agent (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, …_FULL_URI), the instance's metadata (IMDSv2).
// Safe for concurrent use.
class AwsCredentialChain {
 public:
  // `transport` and `clock` must outlive it.
  AwsCredentialChain(HttpTransport* transport, Clock* clock, Environment environment);

  // Credentials that are good for five minutes at least, unless none such can be had. Kept until then.
  // FAILED_PRECONDITION naming all places where there were none.
  absl::StatusOr<AwsCredentials> Get();
  // The store does not take them any more: see KeptCredentials.
  bool Forget(const AwsCredentials& refused) { return kept_.Forget(refused); }

 private:
  absl::StatusOr<AwsCredentials> Find();
  absl::StatusOr<std::optional<AwsCredentials>> FromProfile();
  absl::StatusOr<std::optional<AwsCredentials>> FromContainer();
  absl::StatusOr<std::optional<AwsCredentials>> FromInstance();

  HttpTransport* const transport_;
  const Environment environment_;
  KeptCredentials<AwsCredentials> kept_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_S3_CREDENTIALS_H_

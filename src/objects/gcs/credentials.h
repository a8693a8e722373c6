// Who asks Google.
#ifndef DATAHAUL_OBJECTS_GCS_CREDENTIALS_H_
#define DATAHAUL_OBJECTS_GCS_CREDENTIALS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "http/http.h"
#include "objects/environment.h"
#include "objects/kept_credentials.h"

namespace datahaul {

struct GoogleToken {
  std::string secret;
  Micros fetched = 0;
  std::optional<Micros> expires;
  std::string principal;  // whose it is, for messages: "service account a@b (from KEY.json)"
};

// Fetches tokens for the credentials in DATAHAUL_GCS_KEY_JSON, which holds what a file of credentials would, or else
// for those that Google's own tools find, in their order: the file that GOOGLE_APPLICATION_CREDENTIALS names, gcloud's
// application default credentials, the metadata server (GCE_METADATA_HOST). Safe for concurrent use.
class GoogleCredentialChain {
 public:
  // `transport` and `clock` must outlive it.
  GoogleCredentialChain(HttpTransport* transport, Clock* clock, Environment environment);

  // A token that is good for four minutes at least, unless none such can be had. Kept until then. FAILED_PRECONDITION
  // naming all places where there were no credentials, or what is wrong with those.
  absl::StatusOr<GoogleToken> Get();
  // The store does not take it: see KeptCredentials.
  bool Forget(const GoogleToken& refused) { return kept_.Forget(refused); }

 private:
  absl::StatusOr<GoogleToken> Find();
  absl::StatusOr<GoogleToken> FromFile(const std::string& path);
  absl::StatusOr<GoogleToken> FromKey(const std::string& json, const std::string& origin);
  absl::StatusOr<std::optional<GoogleToken>> FromMetadata();
  // Sends a form with a grant in it to `url`.
  absl::StatusOr<GoogleToken> Exchange(const std::string& url, const std::string& form, std::string principal);

  HttpTransport* const transport_;
  Clock* const clock_;
  const Environment environment_;
  bool has_metadata_ = false;  // this machine's metadata server has given a token before; within kept_.Get
  KeptCredentials<GoogleToken> kept_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_CREDENTIALS_H_

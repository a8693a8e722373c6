// Who sends requests to Azure.
#ifndef DATAHAUL_OBJECTS_AZURE_CREDENTIALS_H_
#define DATAHAUL_OBJECTS_AZURE_CREDENTIALS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "http/http.h"
#include "objects/environment.h"
#include "objects/kept_credentials.h"

namespace datahaul {

struct AzureCredentials {
  enum class Kind : uint8_t { kKey, kSas, kToken };
  Kind kind = Kind::kKey;
  std::string account;  // kKey, kSas: whose; "" = that which is asked
  std::string secret;   // kKey: bytes; kSas: a query without "?"; kToken: a bearer token
  std::optional<Micros> expires;
  std::string principal;  // who that is and where it was found, for messages; without the secret
  Micros fetched = 0;
};

// Finds credentials where Azure's own tools look, in their order: the connection string, AZURE_STORAGE_KEY,
// AZURE_STORAGE_SAS_TOKEN; then for a token AZURE_CLIENT_SECRET, a workload identity (AZURE_FEDERATED_TOKEN_FILE), the
// managed identity of an App Service or of a machine, and `az login`. Safe for concurrent use.
class AzureCredentialChain {
 public:
  // `account` is whose AZURE_STORAGE_KEY is. `transport` and `clock` must outlive it.
  AzureCredentialChain(HttpTransport* transport, Clock* clock, Environment environment, std::string account);

  // Credentials that are good for five minutes at least, unless none such can be had. Kept until then.
  // FAILED_PRECONDITION naming all places where there were none.
  absl::StatusOr<AzureCredentials> Get();
  // The store does not take them any more: see KeptCredentials.
  bool Forget(const AzureCredentials& refused) { return kept_.Forget(refused); }

 private:
  absl::StatusOr<AzureCredentials> Find();
  absl::StatusOr<std::optional<AzureCredentials>> FromStorageVariables();
  absl::StatusOr<std::optional<AzureCredentials>> FromServicePrincipal();
  absl::StatusOr<std::optional<AzureCredentials>> FromAppService();
  absl::StatusOr<std::optional<AzureCredentials>> FromMachine();
  absl::StatusOr<std::optional<AzureCredentials>> FromAzureCli();
  // Sends a request for a token; what is not a token is an error. `principal` is who gets it.
  absl::StatusOr<AzureCredentials> Fetch(const HttpRequest& request, std::string principal);
  absl::StatusOr<AzureCredentials> FromJson(const std::string& json, std::string principal);

  HttpTransport* const transport_;
  Clock* const clock_;
  const Environment environment_;
  const std::string account_;
  bool has_identity_ = false;  // this machine has given a token before; within kept_.Get
  KeptCredentials<AzureCredentials> kept_;
};

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_CREDENTIALS_H_

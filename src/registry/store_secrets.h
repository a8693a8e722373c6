#ifndef DATAHAUL_REGISTRY_STORE_SECRETS_H_
#define DATAHAUL_REGISTRY_STORE_SECRETS_H_

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "objects/environment.h"
#include "secrets/secret_store.h"

namespace datahaul {

// Where the secrets are that jobs name. Safe for concurrent use.
class Secrets {
 public:
  virtual ~Secrets() = default;
  virtual absl::StatusOr<SecretValues> Get(const std::string& name) = 0;
  // Another once the secret has been stored again.
  virtual std::string Version(const std::string& name) = 0;
};

// A variable of the environment by which a store takes credentials, and the key of a secret that stands for it.
struct SecretVariable {
  const char* key;  // nullptr: of no secret
  const char* variable;
};

// How a store takes credentials from a secret.
struct SecretUse {
  std::span<const SecretVariable> variables;  // all that the store takes credentials from
  // Sets of keys of which one must be there: "tenant-id client-id client-secret|account-key".
  std::string_view wanted;
};

// `environment` for a store whose credentials are the values of the secret `name`, and nothing else. `called` says what
// the secret calls keys that have other names there, as "KEY=ITS-NAME,…": INVALID_ARGUMENT if that is not its form.
// FAILED_PRECONDITION if the secret has not what is wanted, or not what `called` names; an empty value counts as none.
absl::StatusOr<Environment> WithSecret(Environment environment, const std::string& name, const SecretValues& values,
                                       const SecretUse& use, std::string_view called);

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_STORE_SECRETS_H_

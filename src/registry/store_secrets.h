#ifndef DATAHAUL_REGISTRY_STORE_SECRETS_H_
#define DATAHAUL_REGISTRY_STORE_SECRETS_H_

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "objects/environment.h"
#include "secrets/secret_store.h"

namespace datahaul {

// The values of a secret by its name.
using SecretLookup = std::function<absl::StatusOr<SecretValues>(const std::string& name)>;

// A variable of the environment by which a store takes credentials, and the key of a secret that stands for it.
struct SecretVariable {
  const char* key;  // nullptr: of no secret
  const char* variable;
  bool required = false;
};

// `environment` for a store whose credentials are the values of the secret `name`, and nothing else: `variables` are
// all that the store takes credentials from. `called` says what the secret calls keys that have other names there, as
// "KEY=ITS-NAME,…": INVALID_ARGUMENT if that is not its form. FAILED_PRECONDITION if the secret has not a key that is
// required.
absl::StatusOr<Environment> WithSecret(Environment environment, const std::string& name, const SecretValues& values,
                                       std::span<const SecretVariable> variables, std::string_view called);

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_STORE_SECRETS_H_

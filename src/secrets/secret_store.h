#ifndef DATAHAUL_SECRETS_SECRET_STORE_H_
#define DATAHAUL_SECRETS_SECRET_STORE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "objects/environment.h"

namespace datahaul {

// A secret's values by their keys ("access-key-id").
using SecretValues = std::map<std::string, std::string, std::less<>>;

// What may be told of a secret.
struct SecretInfo {
  std::string name;
  std::vector<std::string> keys;
};

// From now on the process leaves no core file, and other processes of its user cannot look into it.
void KeepMemoryPrivate();

// INVALID_ARGUMENT for what SecretStore takes for none.
absl::Status CheckSecretName(std::string_view name);
absl::Status CheckSecretKey(std::string_view key);

// Secrets in a folder, one file each (docs/formats/secrets.md), encrypted. Names and keys are letters, digits, '.', '_'
// and '-', 100 at most, and do not begin with a '.'. Safe for concurrent use, by several processes, too: of two that
// set a secret at once, one wins.
class SecretStore {
 public:
  // `folder` need not exist.
  SecretStore(std::string folder, Environment environment)
      : folder_(std::move(folder)), environment_(std::move(environment)) {}

  // Stores a secret, all of it: what was there under the name before is gone.
  absl::Status Set(const std::string& name, const SecretValues& values) const;
  // NOT_FOUND naming the command that stores it. From now on the process leaves no core file.
  absl::StatusOr<SecretValues> Get(const std::string& name) const;
  // Another once it has been stored again; "" if there is none.
  std::string Version(const std::string& name) const;
  absl::StatusOr<std::vector<SecretInfo>> List() const;  // by name
  // NOT_FOUND if there is none.
  absl::Status Remove(const std::string& name) const;

 private:
  absl::StatusOr<std::string> PathOf(std::string_view name) const;

  const std::string folder_;
  const Environment environment_;
};

}  // namespace datahaul

#endif  // DATAHAUL_SECRETS_SECRET_STORE_H_

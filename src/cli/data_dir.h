// Where jobs and secrets are kept.
#ifndef DATAHAUL_CLI_DATA_DIR_H_
#define DATAHAUL_CLI_DATA_DIR_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "job/job_store.h"
#include "registry/store_secrets.h"
#include "secrets/secret_store.h"

namespace datahaul {

// The absolute path of what OpenDataDir(asked) opens.
absl::StatusOr<std::string> FindDataDir(const std::string& asked);

// `asked`, or $XDG_STATE_HOME/datahaul, or ~/.local/state/datahaul: absolute, made if missing (mode 0700).
absl::StatusOr<std::string> OpenDataDir(const std::string& asked);

// The job store in a data directory.
absl::StatusOr<std::unique_ptr<JobStore>> OpenJobStore(const std::string& data_dir);

// A job store that ends with the process, for jobs that cannot be resumed.
absl::StatusOr<std::unique_ptr<JobStore>> OpenMemoryJobStore();

// The secrets in the data directory that OpenDataDir(asked) is.
absl::StatusOr<SecretStore> OpenSecrets(const std::string& asked);
// Looks them up there, once it is asked to.
std::unique_ptr<Secrets> SecretsIn(std::string asked);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_DATA_DIR_H_

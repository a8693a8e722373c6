#include "cli/data_dir.h"

#include <cerrno>
#include <filesystem>
#include <stdlib.h>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "io/folder.h"
#include "job/sqlite_job_store.h"
#include "objects/environment.h"

namespace datahaul {
namespace {

constexpr mode_t kPrivate = 0700;
constexpr char kRemedy[] = " (the data directory: --data-dir chooses another)";

absl::StatusOr<std::string> DefaultDataDir() {
  if (const char* state = getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
    return JoinPath(state, "datahaul");
  if (const char* home = getenv("HOME"); home != nullptr && *home == '/')
    return JoinPath(home, ".local/state/datahaul");
  return UsageError("finding the data directory: neither XDG_STATE_HOME nor HOME is set; give --data-dir DIR");
}

// Another process may make the same folder at the same time.
absl::Status MakePrivateFolder(const std::string& path) {
  const std::string parent = ParentFolder(path);
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  if (error) return ErrnoError(error.value(), StrCat("making ", parent, kRemedy));
  if (mkdir(path.c_str(), kPrivate) == 0) return absl::OkStatus();
  if (errno == EEXIST && std::filesystem::is_directory(path, error)) return absl::OkStatus();
  if (errno == EEXIST) return HumanError(StrCat("making ", path, kRemedy, ": a file is in its place"));
  return ErrnoError(errno, StrCat("making ", path, kRemedy));
}

class DataDirSecrets final : public Secrets {
 public:
  explicit DataDirSecrets(std::string asked) : asked_(std::move(asked)) {}

  absl::StatusOr<SecretValues> Get(const std::string& name) override {
    DH_ASSIGN_OR_RETURN(const SecretStore secrets, OpenSecrets(asked_));
    return secrets.Get(name);
  }
  std::string Version(const std::string& name) override {
    const absl::StatusOr<SecretStore> secrets = OpenSecrets(asked_);
    return secrets.ok() ? secrets->Version(name) : "";
  }

 private:
  const std::string asked_;
};

}  // namespace

absl::StatusOr<std::string> FindDataDir(const std::string& asked) {
  std::string path = asked;
  if (path.empty()) {
    DH_ASSIGN_OR_RETURN(path, DefaultDataDir());
  }
  std::error_code error;
  std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  if (error) return ErrnoError(error.value(), StrCat("finding ", path));
  while (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  return absolute;
}

absl::StatusOr<std::string> OpenDataDir(const std::string& asked) {
  DH_ASSIGN_OR_RETURN(std::string path, FindDataDir(asked));
  DH_RETURN_IF_ERROR(MakePrivateFolder(path));
  return path;
}

absl::StatusOr<std::unique_ptr<JobStore>> OpenJobStore(const std::string& data_dir) {
  return OpenSqliteJobStore(JoinPath(data_dir, "jobs.db"), &Clock::Real());
}

absl::StatusOr<std::unique_ptr<JobStore>> OpenMemoryJobStore() {
  return OpenSqliteJobStore(":memory:", &Clock::Real());
}

absl::StatusOr<SecretStore> OpenSecrets(const std::string& asked) {
  DH_ASSIGN_OR_RETURN(const std::string data_dir, OpenDataDir(asked));
  return SecretStore(JoinPath(data_dir, "secrets"), ProcessEnvironment());
}

std::unique_ptr<Secrets> SecretsIn(std::string asked) { return std::make_unique<DataDirSecrets>(std::move(asked)); }

}  // namespace datahaul

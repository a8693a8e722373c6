#include "format/parquet_module.h"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <mutex>
#include <system_error>

#include "absl/strings/str_join.h"

#include "base/status.h"
#include "base/text.h"
#include "format/module_interface.h"

namespace datahaul {
namespace {

std::vector<std::string> Candidates() {
  std::vector<std::string> paths;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) paths.push_back((program.parent_path() / kParquetModule).string());
  const char* const folder = std::getenv("DATAHAUL_MODULES");
  if (folder != nullptr && *folder != '\0') paths.push_back(StrCat(folder, "/", kParquetModule));
  paths.emplace_back(kParquetModule);
  return paths;
}

absl::StatusOr<const Format*> FormatOf(void* library, std::string_view path) {
  auto* const function = reinterpret_cast<FormatModuleFunction*>(dlsym(library, kFormatModuleFunction));
  if (function == nullptr) {
    return HumanError(StrCat("opening ", path, ": expected datahaul's Parquet module, found another library"));
  }
  const FormatModule* const module = function();
  if (std::string_view(module->build) != kModuleBuild) {
    return HumanError(StrCat("opening ", path, ": expected the module of this build (", kModuleBuild,
                             "), found that of (", module->build, "); install program and module together"));
  }
  return module->format;
}

}  // namespace

absl::StatusOr<const Format*> OpenParquet() {
  static std::mutex mutex;
  static const Format* opened = nullptr;
  const std::lock_guard lock(mutex);
  if (opened == nullptr) {
    DH_ASSIGN_OR_RETURN(opened, OpenParquetFrom(Candidates()));
  }
  return opened;
}

absl::StatusOr<const Format*> OpenParquetFrom(const std::vector<std::string>& candidates) {
  for (const std::string& path : candidates) {
    std::error_code error;
    const bool is_path = path.find('/') != std::string::npos;
    if (is_path && !std::filesystem::exists(path, error)) continue;
    // Never closed: formats, and what they made, may be in use to the end.
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) return FormatOf(library, path);
    const std::string_view problem = dlerror();
    if (is_path || !problem.starts_with(StrCat(path, ": cannot open shared object file"))) {
      return HumanError(StrCat("opening ", path, " for Parquet: ", problem, "; install program and module together"));
    }
  }
  return WithRetry(absl::NotFoundError(
                       StrCat("opening Parquet: expected ", kParquetModule, " at ", absl::StrJoin(candidates, " or "),
                              ", found none; this datahaul was built or installed without it: run script/setup and "
                              "script/build, or name its folder in DATAHAUL_MODULES")),
                   Retry::kHuman);
}

}  // namespace datahaul

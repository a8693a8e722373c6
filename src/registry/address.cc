#include "registry/address.h"

#include <filesystem>
#include <system_error>

#include "base/status.h"
#include "base/text.h"
#include "objects/local/local_path.h"

namespace datahaul {
namespace {

// The only scheme without "//": a file may be called so, but is then written ./db:x.
constexpr std::string_view kDatabaseScheme = "db:";

bool IsOtherScheme(std::string_view address) {
  if (address.starts_with(kDatabaseScheme)) return true;
  const size_t end = address.find("://");
  return end != std::string_view::npos && address.find('/') > end && address.substr(0, end) != "file";
}

}  // namespace

absl::StatusOr<std::string> AbsoluteAddress(std::string_view address) {
  if (address == kStandardOutput) return std::string(address);
  if (IsOtherScheme(address)) {
    return UsageError(StrCat("opening ", address, ": not supported yet; supported: paths and file:// URIs"));
  }
  DH_ASSIGN_OR_RETURN(const std::string path, LocalPath(address));
  std::error_code error;
  std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  if (error) return ErrnoError(error.value(), StrCat("finding ", path));
  while (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  return absolute;
}

}  // namespace datahaul

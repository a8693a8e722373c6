#include "base/shared_library.h"

#include <dlfcn.h>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

absl::StatusOr<SharedLibrary> SharedLibrary::Load(const char* file, std::string name, std::string remedy) {
  void* const handle = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return HumanError(StrCat("loading ", name, ": ", ::dlerror(), "; ", remedy));
  return SharedLibrary(handle, std::move(name), std::move(remedy));
}

void* SharedLibrary::Find(const char* symbol) {
  void* const found = ::dlsym(handle_, symbol);
  if (found == nullptr && missing_.empty()) missing_ = symbol;
  return found;
}

absl::Status SharedLibrary::status() const {
  if (missing_.empty()) return absl::OkStatus();
  return HumanError(StrCat("loading ", name_, ": it is too old, and has no ", missing_, "; ", remedy_));
}

}  // namespace datahaul

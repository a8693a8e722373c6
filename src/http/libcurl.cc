#include "http/libcurl.h"

#include <dlfcn.h>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

template <typename Function>
bool Find(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(::dlsym(library, name));
  return *function != nullptr;
}

bool FindAll(void* library, Libcurl* curl) {
  return Find(library, "curl_global_init", &curl->global_init) && Find(library, "curl_easy_init", &curl->init) &&
         Find(library, "curl_easy_cleanup", &curl->cleanup) && Find(library, "curl_easy_reset", &curl->reset) &&
         Find(library, "curl_easy_setopt", &curl->set) && Find(library, "curl_easy_perform", &curl->perform) &&
         Find(library, "curl_easy_strerror", &curl->error_text) && Find(library, "curl_slist_append", &curl->append) &&
         Find(library, "curl_slist_free_all", &curl->free_list);
}

absl::StatusOr<const Libcurl*> Load() {
  constexpr char kRemedy[] = "; install libcurl4 7.85 or newer (Debian, Ubuntu: apt-get install libcurl4)";
  void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return HumanError(StrCat("loading libcurl: ", ::dlerror(), kRemedy));
  auto* curl = new Libcurl();  // lives as long as the program
  if (!FindAll(library, curl)) return HumanError(StrCat("loading libcurl: it is too old", kRemedy));
  if (curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return HumanError("loading libcurl: it does not start");
  return curl;
}

}  // namespace

absl::StatusOr<const Libcurl*> LoadLibcurl() {
  static const absl::StatusOr<const Libcurl*>& loaded = *new absl::StatusOr<const Libcurl*>(Load());
  return loaded;
}

}  // namespace datahaul

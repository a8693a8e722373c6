#include "http/libcurl.h"

#include <memory>

#include "base/shared_library.h"
#include "base/status.h"

namespace datahaul {
namespace {

absl::Status FindAll(SharedLibrary& library, Libcurl* curl) {
  return library.Find("curl_global_init", &curl->global_init)
      .Find("curl_easy_init", &curl->init)
      .Find("curl_easy_cleanup", &curl->cleanup)
      .Find("curl_easy_reset", &curl->reset)
      .Find("curl_easy_setopt", &curl->set)
      .Find("curl_easy_perform", &curl->perform)
      .Find("curl_easy_strerror", &curl->error_text)
      .Find("curl_slist_append", &curl->append)
      .Find("curl_slist_free_all", &curl->free_list)
      .status();
}

absl::StatusOr<const Libcurl*> Load() {
  DH_ASSIGN_OR_RETURN(SharedLibrary library,
                      SharedLibrary::Load("libcurl.so.4", "libcurl",
                                          "install libcurl4 7.85 or newer (Debian, Ubuntu: apt-get install libcurl4)"));
  auto curl = std::make_unique<Libcurl>();
  DH_RETURN_IF_ERROR(FindAll(library, curl.get()));
  if (curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return HumanError("loading libcurl: it does not start");
  return curl.release();  // lives as long as the program
}

}  // namespace

absl::StatusOr<const Libcurl*> LoadLibcurl() {
  static const absl::StatusOr<const Libcurl*>& loaded = *new absl::StatusOr<const Libcurl*>(Load());
  return loaded;
}

}  // namespace datahaul

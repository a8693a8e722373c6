#ifndef DATAHAUL_HTTP_LIBCURL_H_
#define DATAHAUL_HTTP_LIBCURL_H_

#include "absl/status/statusor.h"
#include <curl/curl.h>

namespace datahaul {

// The functions of libcurl that are used here.
struct Libcurl {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) init;
  decltype(&curl_easy_cleanup) cleanup;
  decltype(&curl_easy_reset) reset;
  decltype(&curl_easy_setopt) set;
  decltype(&curl_easy_perform) perform;
  decltype(&curl_easy_strerror) error_text;
  decltype(&curl_slist_append) append;
  decltype(&curl_slist_free_all) free_list;
};

// libcurl, loaded on first use: it brings some thirty libraries along, for which programs that stay on this machine
// should not wait. FAILED_PRECONDITION naming the package, where it is not installed. Safe for concurrent use.
absl::StatusOr<const Libcurl*> LoadLibcurl();

}  // namespace datahaul

#endif  // DATAHAUL_HTTP_LIBCURL_H_

#ifndef DATAHAUL_HTTP_CURL_TRANSPORT_H_
#define DATAHAUL_HTTP_CURL_TRANSPORT_H_

#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/statusor.h"
#include <curl/curl.h>

#include "http/http.h"
#include "http/libcurl.h"

namespace datahaul {

// HTTP by libcurl. Connections stay open when a request has been answered, and the next one to the same host, in any
// thread, takes the connection used last. Proxies are those of the environment (https_proxy, no_proxy),
// where a request does not go `direct`. Safe for
// concurrent use.
class CurlTransport final : public HttpTransport {
 public:
  // FAILED_PRECONDITION where libcurl is not installed.
  static absl::StatusOr<std::unique_ptr<HttpTransport>> New();
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  absl::StatusOr<HttpResponse> Send(const HttpRequest& request) override;

 private:
  explicit CurlTransport(const Libcurl* curl) : curl_(curl) {}

  CURL* Take();
  void GiveBack(CURL* handle);

  const Libcurl* const curl_;
  std::mutex mutex_;
  std::vector<CURL*> idle_;  // each keeps its connections; the last is the one used last
};

}  // namespace datahaul

#endif  // DATAHAUL_HTTP_CURL_TRANSPORT_H_

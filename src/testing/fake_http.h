// HTTP without a network.
#ifndef DATAHAUL_TESTING_FAKE_HTTP_H_
#define DATAHAUL_TESTING_FAKE_HTTP_H_

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "http/http.h"

namespace datahaul {

// Answers by a function, and remembers what was asked. Safe for concurrent use if the function is.
class FakeHttp final : public HttpTransport {
 public:
  using Handler = std::function<absl::StatusOr<HttpResponse>(const HttpRequest&)>;
  explicit FakeHttp(Handler handler) : handler_(std::move(handler)) {}

  absl::StatusOr<HttpResponse> Send(const HttpRequest& request) override {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      requests_.back().body = bodies_.emplace_back(request.body);
    }
    absl::StatusOr<HttpResponse> response = handler_(request);
    if (response.ok() && response->status / 100 == 2 && request.sink) {
      const std::string body = std::exchange(response->body, "");
      request.sink(*response, body);
    }
    return response;
  }

  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  const Handler handler_;
  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  std::list<std::string> bodies_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_FAKE_HTTP_H_

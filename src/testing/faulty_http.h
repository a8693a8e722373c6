// HTTP over a network that is not to be relied on.
#ifndef DATAHAUL_TESTING_FAULTY_HTTP_H_
#define DATAHAUL_TESTING_FAULTY_HTTP_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "gtest/gtest.h"

#include "base/random.h"
#include "base/status.h"
#include "http/http.h"

namespace datahaul {

// One request in five of those sent through `inner` goes wrong: it is not sent, or refused by an overloaded server, or
// its answer is lost, cut or late. Safe for concurrent use. A test program that sends many requests fails unless some
// of them went wrong.
class FaultyHttp final : public HttpTransport {
 public:
  // `inner` must outlive it.
  FaultyHttp(HttpTransport* inner, uint64_t seed) : inner_(inner), random_(seed) {}

  absl::StatusOr<HttpResponse> Send(const HttpRequest& request) override {
    switch (Draw()) {
      case 0:
        return Broken("nobody answers");
      case 1:
        return HttpResponse{.status = 503, .headers = {{"retry-after", "0"}}};
      case 2:
        return HttpResponse{.status = 500, .body = "<html>"};
      case 3:
        return HttpResponse{.status = 429};
      case 4:
        (void)inner_->Send(request);
        return Broken("the answer was lost");
      case 5:
        return Cut(request);
      case 6:
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        [[fallthrough]];
      default:
        return inner_->Send(request);
    }
  }

 private:
  static constexpr uint64_t kKinds = 7;

  static absl::Status Broken(const char* why) { return WithRetry(absl::UnavailableError(why), Retry::kCall); }

  uint64_t Draw() {
    const std::lock_guard lock(mutex_);
    const uint64_t drawn = random_.Below(kKinds * 5);
    ++requests_;
    faults_ += drawn < kKinds;
    return drawn;
  }

  // The first 1000 bytes of the body only.
  absl::StatusOr<HttpResponse> Cut(HttpRequest request) {
    const auto sink = std::move(request.sink);
    size_t left = 1000;
    request.sink = [&](const HttpResponse& head, std::string_view bytes) {
      const std::string_view part = bytes.substr(0, left);
      left -= part.size();
      return (sink == nullptr || part.empty() || sink(head, part)) && left > 0;
    };
    absl::StatusOr<HttpResponse> response = inner_->Send(request);
    if (response.ok() && response->status / 100 != 2) return response;
    return Broken("the answer was cut");
  }

  HttpTransport* const inner_;
  std::mutex mutex_;
  Random random_;

  // Looks at all requests of this program when its tests are done.
  class FaultsHappen final : public ::testing::Environment {
   public:
    void TearDown() override {
      if (requests_ < 100) return;
      EXPECT_GT(faults_, requests_ / 10) << "of " << requests_ << " requests went wrong";
    }
  };
  inline static std::atomic<int> requests_ = 0, faults_ = 0;
  inline static ::testing::Environment* const check_ = ::testing::AddGlobalTestEnvironment(new FaultsHappen);
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_FAULTY_HTTP_H_

// S3 servers for a test program.
#ifndef DATAHAUL_TESTING_S3_SERVER_H_
#define DATAHAUL_TESTING_S3_SERVER_H_

#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "base/clock.h"
#include "http/curl_transport.h"
#include "objects/s3/s3_store.h"
#include "testing/server_script.h"

namespace datahaul {

// Has a bucket called "bucket".
class S3Server {
 public:
  // `kind` as tests/s3_server.py names them. See StartServer.
  explicit S3Server(const char* kind) {
    std::istringstream(StartServer("s3_server.py", kind)) >> endpoint_ >> access_key_ >> secret_;
  }

  const std::string& endpoint() const { return endpoint_; }

  // The server's credentials, and nothing else.
  Environment environment() const {
    return [key = access_key_, secret = secret_](const char* name) -> std::string {
      if (std::string_view(name) == "AWS_ACCESS_KEY_ID") return key;
      if (std::string_view(name) == "AWS_SECRET_ACCESS_KEY") return secret;
      return "";
    };
  }

  // Listings come in pages of three. `transport` must outlive the store.
  std::unique_ptr<ObjectStore> Open(HttpTransport* transport) const {
    auto store = S3Store::New(transport, &Clock::Real(), environment(), {.endpoint = endpoint_, .page = 3});
    if (!store.ok()) ADD_FAILURE() << store.status();
    return *std::move(store);
  }

 private:
  std::string endpoint_, access_key_, secret_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_S3_SERVER_H_

// Google Cloud Storage's emulators for a test program.
#ifndef DATAHAUL_TESTING_GCS_SERVER_H_
#define DATAHAUL_TESTING_GCS_SERVER_H_

#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "base/clock.h"
#include "http/curl_transport.h"
#include "objects/gcs/gcs_store.h"
#include "testing/server_script.h"

namespace datahaul {

// Has a bucket called "bucket", and asks for no credentials.
class GcsServer {
 public:
  // `kind` as tests/gcs_server.py names them. See StartServer.
  explicit GcsServer(const char* kind) : endpoint_(StartServer("gcs_server.py", kind)) {}

  const std::string& endpoint() const { return endpoint_; }

  // `transport` must outlive the store.
  std::unique_ptr<ObjectStore> Open(HttpTransport* transport, uint32_t page = 3) const {
    auto store =
        GcsStore::New(transport, &Clock::Real(), [](const char*) { return ""; }, {.endpoint = endpoint_, .page = page});
    if (!store.ok()) ADD_FAILURE() << store.status();
    return *std::move(store);
  }

 private:
  const std::string endpoint_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_GCS_SERVER_H_

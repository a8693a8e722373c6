// Azure's stand-in for a test program.
#ifndef DATAHAUL_TESTING_AZURE_SERVER_H_
#define DATAHAUL_TESTING_AZURE_SERVER_H_

#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "base/clock.h"
#include "base/text.h"
#include "http/curl_transport.h"
#include "objects/azure/azure_store.h"
#include "testing/server_script.h"

namespace datahaul {

// Azurite, with a container called "container". See StartServer.
class AzureServer {
 public:
  AzureServer() { std::istringstream(StartServer("azure_server.py", "azurite")) >> endpoint_ >> account_ >> key_; }

  const std::string& endpoint() const { return endpoint_; }
  const std::string& account() const { return account_; }
  const std::string& key() const { return key_; }  // base64

  // The server's credentials, and nothing else.
  Environment environment() const {
    const std::string connection = StrCat("AccountName=", account_, ";AccountKey=", key_, ";BlobEndpoint=", endpoint_);
    return [connection](const char* name) -> std::string {
      return std::string_view(name) == "AZURE_STORAGE_CONNECTION_STRING" ? connection : "";
    };
  }

  // `transport` must outlive the store.
  std::unique_ptr<ObjectStore> Open(HttpTransport* transport, uint32_t page = 3) const {
    auto store = AzureStore::New(transport, &Clock::Real(), environment(), {.page = page});
    if (!store.ok()) ADD_FAILURE() << store.status();
    return *std::move(store);
  }

 private:
  std::string endpoint_, account_, key_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_AZURE_SERVER_H_

#include <atomic>
#include <memory>
#include <string>

#include "base/text.h"
#include "http/curl_transport.h"
#include "testing/object_store_suite.h"
#include "testing/s3_server.h"

namespace datahaul {
namespace {

HttpTransport* Transport() {
  static HttpTransport* const transport = CurlTransport::New()->release();
  return transport;
}

StoreUnderTest::Opened Open(const S3Server& server) {
  static std::atomic<int> tests = 0;
  return {server.Open(Transport()), StrCat("s3://bucket/test ", ++tests)};
}

StoreUnderTest::Opened OpenMinio() {
  static const S3Server& server = *new S3Server("minio");
  return Open(server);
}

StoreUnderTest::Opened OpenVersitygw() {
  static const S3Server& server = *new S3Server("versitygw");
  return Open(server);
}

// MinIO takes objects that are named like folders, but does not list what is below them; and it lists uploads only to
// the object that it is asked for.
INSTANTIATE_TEST_SUITE_P(
    Minio, ObjectStoreSuite,
    ::testing::Values(StoreUnderTest{
        .name = "Minio", .open = &OpenMinio, .names_like_folders = false, .lists_uploads_below = false}));

// Objects are files of the gateway's machine; and it takes it for a success when an upload is finished that it has
// finished before, whatever the object is by then.
INSTANTIATE_TEST_SUITE_P(
    Versitygw, ObjectStoreSuite,
    ::testing::Values(StoreUnderTest{
        .name = "Versitygw", .open = &OpenVersitygw, .names_like_folders = false, .checks_finished = false}));

}  // namespace
}  // namespace datahaul

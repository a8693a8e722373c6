#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
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

// As where ETags are no sums, and a piece was put twice.
TEST(S3Servers, AnUploadIsFinishedWithTheTagsThatTheyTell) {
  for (const auto open : {&OpenMinio, &OpenVersitygw}) {
    const StoreUnderTest::Opened opened = open();
    const std::string uri = StrCat(opened.folder, "/tags"), large(5 << 20, 'a');
    const std::string upload = *opened.store->BeginUpload(uri);
    std::vector<UploadPiece> pieces;
    for (uint32_t number = 0; number < 5; ++number) {  // more than a page of parts
      pieces.push_back(*opened.store->PutPiece(upload, number, number == 4 ? "the end" : large));
      pieces.back().tag = StrCat("\"0123456789abcdef0123456789abcde", number, "\"");
    }
    std::vector<UploadPiece> others = pieces;
    others[1].crc32c ^= 1;
    EXPECT_EQ(opened.store->FinishUpload(upload, others).code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(*opened.store->Stat(uri), std::nullopt);
    EXPECT_EQ(opened.store->FinishUpload(upload, pieces), absl::OkStatus());
    const auto info = *opened.store->Stat(uri);
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->size, (uint64_t{20} << 20) + 7);
  }
}

}  // namespace
}  // namespace datahaul

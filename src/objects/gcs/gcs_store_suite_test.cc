#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "http/curl_transport.h"
#include "testing/gcs_server.h"
#include "testing/object_store_suite.h"

namespace datahaul {
namespace {

HttpTransport* Transport() {
  static HttpTransport* const transport = CurlTransport::New()->release();
  return transport;
}

const GcsServer& FakeGcsServer() {
  static const GcsServer& server = *new GcsServer("fake-gcs-server");
  return server;
}

std::string NewFolder() {
  static std::atomic<int> tests = 0;
  return StrCat("gs://bucket/test ", ++tests);
}

StoreUnderTest::Opened OpenFakeGcsServer() { return {FakeGcsServer().Open(Transport()), NewFolder()}; }

StoreUnderTest::Opened OpenGcpStorageEmulator() {
  static const GcsServer& server = *new GcsServer("gcp-storage-emulator");
  return {server.Open(Transport()), NewFolder()};
}

INSTANTIATE_TEST_SUITE_P(
    FakeGcsServer, ObjectStoreSuite,
    ::testing::Values(StoreUnderTest{
        .name = "FakeGcsServer", .open = &OpenFakeGcsServer, .checks_finishes = false, .checks_deletes = false}));

// It knows no preconditions, and no generations but the last.
INSTANTIATE_TEST_SUITE_P(GcpStorageEmulator, ObjectStoreSuite,
                         ::testing::Values(StoreUnderTest{.name = "GcpStorageEmulator",
                                                          .open = &OpenGcpStorageEmulator,
                                                          .checks_writes = false,
                                                          .checks_finishes = false,
                                                          .checks_deletes = false,
                                                          .knows_versions = false}));

std::string Bytes(uint32_t number) { return StrCat("bytes of piece ", number, "\n"); }

std::vector<UploadPiece> Put(ObjectStore& store, const std::string& upload, uint32_t count) {
  std::vector<UploadPiece> pieces;
  for (uint32_t i = 0; i < count; ++i) {
    const auto piece = store.PutPiece(upload, i, Bytes(i));
    if (!piece.ok()) ADD_FAILURE() << piece.status();
    pieces.push_back(*piece);
  }
  return pieces;
}

void ExpectPieces(ObjectStore& store, const std::string& uri, uint32_t count) {
  std::string expected;
  for (uint32_t i = 0; i < count; ++i) expected += Bytes(i);
  const auto reader = store.Read(uri);
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::string found(expected.size() + 1, '\0');
  const auto got = (*reader)->ReadAt(0, found.data(), found.size());
  ASSERT_TRUE(got.ok()) << got.status();
  found.resize(*got);
  EXPECT_TRUE(found == expected);
}

TEST(GcsUploads, JoinMoreThanAThousandPieces) {
  const auto store = FakeGcsServer().Open(Transport(), 1000);
  const std::string uri = NewFolder() + "/joined", upload = *store->BeginUpload(uri);
  const std::vector<UploadPiece> pieces = Put(*store, upload, 1100);
  const absl::Status status = store->FinishUpload(upload, pieces);
  ASSERT_TRUE(status.ok()) << status;
  ExpectPieces(*store, uri, 1100);
  EXPECT_TRUE(store->ListUploads(uri)->empty());
}

// Breaks down for good after some requests, as if the process had been killed.
class BreakingHttp final : public HttpTransport {
 public:
  BreakingHttp(HttpTransport* inner, int requests) : inner_(inner), left_(requests) {}
  absl::StatusOr<HttpResponse> Send(const HttpRequest& request) override {
    if (left_-- > 0) return inner_->Send(request);
    return WithRetry(absl::UnavailableError("broken"), Retry::kCall);
  }
  bool is_broken() const { return left_ < 0; }

 private:
  HttpTransport* const inner_;
  std::atomic<int> left_;
};

TEST(GcsUploads, AreFinishedAgainWhereverItBrokeOff) {
  constexpr uint32_t kPieces = 40;
  const auto store = FakeGcsServer().Open(Transport(), 1000);
  const std::string folder = NewFolder();
  bool broke = true;
  for (int requests = 0; broke; requests += requests < 8 ? 1 : 5) {
    const std::string uri = StrCat(folder, "/", requests), upload = *store->BeginUpload(uri);
    const std::vector<UploadPiece> pieces = Put(*store, upload, kPieces);
    BreakingHttp network(Transport(), requests);
    const absl::Status status = FakeGcsServer().Open(&network, 1000)->FinishUpload(upload, pieces);
    broke = network.is_broken();
    EXPECT_EQ(status.ok(), !broke) << status;
    const absl::Status again = store->FinishUpload(upload, pieces);
    ASSERT_TRUE(again.ok()) << requests << " " << again;
    ExpectPieces(*store, uri, kPieces);
    EXPECT_TRUE(store->ListUploads(uri)->empty());
  }
  EXPECT_TRUE(store->ListUploads(folder)->empty());
}

// Notes how many objects were composed at once.
class ComposesSeen final : public HttpTransport {
 public:
  absl::StatusOr<HttpResponse> Send(const HttpRequest& request) override {
    if (request.url.find("/compose") != std::string::npos) {
      const std::string body(request.body);
      size_t sources = 0;
      for (size_t at = body.find("\"generation\""); at != body.npos; at = body.find("\"generation\"", at + 1))
        ++sources;
      const std::lock_guard lock(mutex_);
      seen_.push_back(sources);
    }
    return Transport()->Send(request);
  }
  std::vector<size_t> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<size_t> seen_;
};

TEST(GcsUploads, JoinNoMoreObjectsTwiceThanTheyMust) {
  ComposesSeen network;
  const auto store = FakeGcsServer().Open(&network, 1000);
  const std::string uri = NewFolder() + "/joined", upload = *store->BeginUpload(uri);
  const absl::Status status = store->FinishUpload(upload, Put(*store, upload, 40));
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(network.seen(), (std::vector<size_t>{9, 32}));
  ExpectPieces(*store, uri, 40);
}

TEST(GcsUploads, TakeNothingOfOthersWithThem) {
  const auto store = FakeGcsServer().Open(Transport(), 1000);
  const std::string folder = NewFolder();
  const std::string outer = *store->BeginUpload(folder + "/a");
  const std::string id = outer.substr(0, outer.find(' '));
  // Its temporary objects are below those of the other.
  const std::string inner = *store->BeginUpload(StrCat(folder, "/a/", id, "/b"));
  const UploadPiece piece = *store->PutPiece(inner, 0, "inner");
  ASSERT_TRUE(store->AbortUpload(outer).ok());
  EXPECT_TRUE(store->FinishUpload(inner, std::vector{piece}).ok());
  EXPECT_TRUE(store->Stat(StrCat(folder, "/a/", id, "/b"))->has_value());
}

}  // namespace
}  // namespace datahaul

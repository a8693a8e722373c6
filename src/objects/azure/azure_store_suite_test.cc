#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "http/curl_transport.h"
#include "io/checksum.h"
#include "objects/azure/shared_key.h"
#include "testing/azure_server.h"
#include "testing/object_store_suite.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;

HttpTransport* Transport() {
  static HttpTransport* const transport = CurlTransport::New()->release();
  return transport;
}

const AzureServer& Server() {
  static const AzureServer& server = *new AzureServer;
  return server;
}

std::string NewFolder() {
  static std::atomic<int> folders = 0;
  return StrCat("az://container/test ", ++folders);
}

StoreUnderTest::Opened OpenAzurite() { return {Server().Open(Transport()), NewFolder()}; }

// The same account as abfs:// names it: its endpoint is that of the connection string.
StoreUnderTest::Opened OpenByHost() {
  const std::string folder = NewFolder().substr(std::string_view("az://container").size());
  return {Server().Open(Transport()),
          StrCat("abfss://container@", Server().account(), ".dfs.core.windows.net/abfss", folder)};
}

INSTANTIATE_TEST_SUITE_P(Azurite, ObjectStoreSuite,
                         ::testing::Values(StoreUnderTest{"Az", &OpenAzurite}, StoreUnderTest{"Abfss", &OpenByHost}));

class AzuriteTest : public testing::Test {
 protected:
  UploadPiece Put(const std::string& upload, uint32_t number, std::string_view bytes) {
    const auto piece = store_->PutPiece(upload, number, bytes);
    EXPECT_TRUE(piece.ok()) << piece.status();
    return piece.value_or(UploadPiece());
  }
  std::string ReadAll(const std::string& uri) {
    const auto reader = store_->Read(uri);
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (!reader.ok()) return "";
    std::string bytes((*reader)->size(), '\0');
    EXPECT_EQ((*reader)->ReadAt(0, bytes.data(), bytes.size()).value_or(0), bytes.size());
    return bytes;
  }

  const std::string folder_ = NewFolder();
  std::unique_ptr<ObjectStore> store_ = Server().Open(Transport());
};

TEST_F(AzuriteTest, JoinsMoreThanAThousandPieces) {
  const std::string uri = folder_ + "/many", upload = *store_->BeginUpload(uri);
  std::vector<UploadPiece> pieces;
  std::string whole;
  for (uint32_t number = 0; number < 1100; ++number) {
    const std::string bytes = StrCat("piece ", number, number == 7 ? std::string(9 << 20, 'x') : "", "\n");
    pieces.push_back(Put(upload, number, bytes));
    whole += bytes;
  }
  const absl::Status status = store_->FinishUpload(upload, pieces, Precondition::Absent());
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(ReadAll(uri) == whole);
  EXPECT_EQ((*store_->Stat(uri))->crc32c, Crc32c(whole));
  EXPECT_TRUE(store_->ListUploads(folder_)->empty());
}

// On the blob itself each of these would drop the blocks of the others.
TEST_F(AzuriteTest, UploadsToOneNameDoNotDisturbEachOther) {
  const std::string uri = folder_ + "/a", one = *store_->BeginUpload(uri), two = *store_->BeginUpload(uri);
  const std::vector<UploadPiece> first = {Put(one, 0, "first")}, second = {Put(two, 0, "the second")};
  ASSERT_TRUE(store_->Write(uri, "written").ok());
  ASSERT_TRUE(store_->FinishUpload(one, first).ok());
  EXPECT_EQ(ReadAll(uri), "first");
  ASSERT_TRUE(store_->FinishUpload(two, second).ok());
  EXPECT_EQ(ReadAll(uri), "the second");
}

// A process that wakes up too late leaves nothing behind, neither where it put its piece nor in the object.
TEST_F(AzuriteTest, APieceThatComesTooLateIsDropped) {
  const std::string uri = folder_ + "/a", upload = *store_->BeginUpload(uri);
  ASSERT_TRUE(store_->FinishUpload(upload, std::vector{Put(upload, 0, "whole")}).ok());
  const absl::Status late = store_->PutPiece(upload, 1, "late").status();
  EXPECT_EQ(late.code(), absl::StatusCode::kNotFound) << late;
  EXPECT_TRUE(store_->ListUploads(uri)->empty());
  EXPECT_EQ(ReadAll(uri), "whole");
}

TEST_F(AzuriteTest, PiecesWithoutBytes) {
  const std::string uri = folder_ + "/a", upload = *store_->BeginUpload(uri);
  const std::vector<UploadPiece> pieces = {Put(upload, 0, ""), Put(upload, 1, "x"), Put(upload, 2, "")};
  ASSERT_TRUE(store_->FinishUpload(upload, pieces).ok());
  EXPECT_EQ(ReadAll(uri), "x");
}

// What others have written has no checksum, and travels through here.
TEST_F(AzuriteTest, ReadsAndJoinsWhatOthersWrote) {
  std::string key(Server().key().size(), '\0');
  key.resize(UnBase64To(key.data(), Server().key()).value_or(0));
  HttpHeaders headers = {
      {"x-ms-blob-type", "BlockBlob"}, {"x-ms-date", HttpDate(Clock::Real().Now())}, {"x-ms-version", kAzureVersion}};
  const std::string path = StrCat("/", Server().account(), "/container/theirs"), body = "their bytes";
  headers.emplace_back("Authorization",
                       *SharedKeyAuthorization(Server().account(), key, {"PUT", path, {}, headers, body.size()}));
  const std::string origin = Server().endpoint().substr(0, Server().endpoint().rfind('/'));
  ASSERT_EQ(Transport()->Send({.method = "PUT", .url = origin + path, .headers = headers, .body = body})->status, 201);
  const ObjectInfo theirs = **store_->Stat("az://container/theirs");
  EXPECT_EQ(theirs.crc32c, std::nullopt);
  const std::string uri = folder_ + "/joined", upload = *store_->BeginUpload(uri);
  const auto piece = store_->CopyPiece(upload, 0, theirs, {0, theirs.size});
  ASSERT_TRUE(piece.ok()) << piece.status();
  ASSERT_TRUE(store_->FinishUpload(upload, std::vector{*piece}).ok());
  EXPECT_EQ(ReadAll(uri), body);
}

TEST_F(AzuriteTest, ASasTokenOfOursOpensOneBlobForReading) {
  ASSERT_TRUE(store_->Write("az://container/sas/a b+c", "bytes").ok());
  std::string key(Server().key().size(), '\0');
  key.resize(UnBase64To(key.data(), Server().key()).value_or(0));
  const std::string sas = *ReadSas(Server().account(), key, "container", "sas/a b+c", Clock::Real().Now() + 60'000'000);
  const Environment environment = [&sas](const char* name) -> std::string {
    if (std::string_view(name) == "AZURE_STORAGE_ACCOUNT") return Server().account();
    return std::string_view(name) == "AZURE_STORAGE_SAS_TOKEN" ? sas : "";
  };
  const auto reading = *AzureStore::New(Transport(), &Clock::Real(), environment, {.endpoint = Server().endpoint()});
  const auto info = reading->Stat("az://container/sas/a b+c");
  ASSERT_TRUE(info.ok() && *info) << info.status();
  EXPECT_EQ((*info)->size, 5u);
  const absl::Status other = reading->Stat("az://container/sas/other").status();
  EXPECT_EQ(RetryOf(other), Retry::kHuman) << other;
  const absl::Status write = reading->Write("az://container/sas/a b+c", "x");
  EXPECT_EQ(write.code(), absl::StatusCode::kPermissionDenied) << write;
  EXPECT_THAT(write.ToString(), HasSubstr("with the permissions r, w, d and l on container container"));
  EXPECT_EQ(write.ToString().find("sig="), std::string::npos);
}

TEST_F(AzuriteTest, SaysWhatAPersonMustMend) {
  const absl::Status missing = store_->List("az://nowhere-at-all/a").status();
  EXPECT_EQ(RetryOf(missing), Retry::kHuman);
  EXPECT_THAT(missing.ToString(),
              HasSubstr("there is no container nowhere-at-all in account datahaultest at http://127.0.0.1:"));
  EXPECT_EQ(RetryOf(store_->Stat("az://nowhere-at-all/a").status()), Retry::kHuman);
  const Environment wrong = [](const char* name) -> std::string {
    if (std::string_view(name) == "AZURE_STORAGE_ACCOUNT") return "datahaultest";
    return std::string_view(name) == "AZURE_STORAGE_KEY" ? "d3Jvbmc=" : "";
  };
  const auto store = *AzureStore::New(Transport(), &Clock::Real(), wrong, {.endpoint = Server().endpoint()});
  const absl::Status refused = store->Stat("az://container/a").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied) << refused;  // Azure itself: UNAUTHENTICATED
  EXPECT_EQ(RetryOf(refused), Retry::kHuman);
  EXPECT_THAT(refused.ToString(), HasSubstr("check the key of account datahaultest (from AZURE_STORAGE_KEY)"));
}

}  // namespace
}  // namespace datahaul

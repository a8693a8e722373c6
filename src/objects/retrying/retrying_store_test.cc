#include "objects/retrying/retrying_store.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "http/curl_transport.h"
#include "retry/retry_after.h"
#include "testing/azure_server.h"
#include "testing/faulty_http.h"
#include "testing/gcs_server.h"
#include "testing/memory_store.h"
#include "testing/object_store_suite.h"
#include "testing/s3_server.h"
#include "testing/sim_clock.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;

absl::Status Busy() { return WithRetry(absl::UnavailableError("busy"), Retry::kCall); }

// Fails before or after what it does, as told.
class TroubledStore final : public MemoryStore {
 public:
  int fail_before = 0, fail_after = 0;
  int writes = 0, stats = 0;
  int fail_stats = 0;
  absl::Status failure = Busy();
  std::function<void()> after_failure = [] {};

  absl::Status Write(std::string_view uri, const ByteViews& bytes, const Precondition& when = {}) override {
    ++writes;
    if (fail_before > 0 && fail_before-- > 0) return failure;
    DH_RETURN_IF_ERROR(MemoryStore::Write(uri, bytes, when));
    if (fail_after == 0) return absl::OkStatus();
    --fail_after;
    after_failure();
    return failure;
  }
  absl::StatusOr<std::optional<ObjectInfo>> Stat(std::string_view uri) override {
    ++stats;
    if (fail_stats > 0 && fail_stats-- > 0) return failure;
    return MemoryStore::Stat(uri);
  }
};

class RetryingStoreTest : public testing::Test {
 protected:
  RetryingStoreTest() {
    auto inner = std::make_unique<TroubledStore>();
    inner_ = inner.get();
    store_ = std::make_unique<RetryingStore>(std::move(inner), &clock_, 1);
  }

  SimClock clock_;
  TroubledStore* inner_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_F(RetryingStoreTest, TriesAgainUntilItSucceeds) {
  inner_->fail_before = 5;
  EXPECT_TRUE(store_->Write("m://a", "x").ok());
  EXPECT_EQ(inner_->writes, 6);
}

TEST_F(RetryingStoreTest, PermanentErrorsComeBackAtOnce) {
  inner_->fail_before = 5;
  inner_->failure = WithRetry(absl::PermissionDeniedError("grant it"), Retry::kHuman);
  const Micros before = clock_.Now();
  EXPECT_EQ(store_->Write("m://a", "x"), inner_->failure);
  EXPECT_EQ(inner_->writes, 1);
  EXPECT_EQ(clock_.Now(), before);
}

TEST_F(RetryingStoreTest, GivesUpWhenTheBudgetIsUsedUp) {
  inner_->fail_before = 1000;
  const Micros before = clock_.Now();
  const absl::Status status = store_->Write("m://a", "x");
  EXPECT_THAT(status.ToString(), HasSubstr("after 10 attempts"));
  EXPECT_LE(clock_.Now() - before, 120'000'000);
}

TEST_F(RetryingStoreTest, ACreationWhoseAnswerWasLostIsRecognised) {
  inner_->fail_after = 1;
  EXPECT_TRUE(store_->Write("m://a", "mine", Precondition::Absent()).ok());
  EXPECT_EQ(inner_->writes, 2);
  EXPECT_EQ(store_->Write("m://a", "mine", Precondition::Absent()).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(RetryingStoreTest, AReplacementWhoseAnswerWasLostIsRecognised) {
  ASSERT_TRUE(store_->Write("m://a", "old").ok());
  const std::string version = (*store_->Stat("m://a"))->version;
  inner_->fail_after = 1;
  EXPECT_TRUE(store_->Write("m://a", "mine", Precondition::Is(version)).ok());
}

// One budget for both: with one each, ten times ten attempts would be made.
TEST_F(RetryingStoreTest, LookingWhetherAWriteWorkedIsPartOfTheWrite) {
  inner_->fail_after = 1;
  inner_->fail_stats = 3;
  EXPECT_TRUE(store_->Write("m://a", "mine", Precondition::Absent()).ok());
  EXPECT_EQ(inner_->writes, 5);
  EXPECT_EQ(inner_->stats, 4);
  inner_->objects.clear();
  inner_->fail_after = 1;
  inner_->fail_stats = 1000;
  EXPECT_THAT(store_->Write("m://a", "mine", Precondition::Absent()).ToString(), HasSubstr("after 10 attempts"));
  EXPECT_EQ(inner_->stats, 4 + 9);
}

TEST_F(RetryingStoreTest, SomebodyElsesCreationIsNotTakenForOurs) {
  inner_->fail_before = 1;
  inner_->objects["m://a"] = "their";
  EXPECT_EQ(store_->Write("m://a", "mine!", Precondition::Absent()).code(), absl::StatusCode::kAlreadyExists);
}

// Answers a read with fewer bytes than it was asked for, or, if `failures` are counted, with an error.
class ShortReader final : public ByteReader {
 public:
  ShortReader(std::string bytes, int* failures) : bytes_(std::move(bytes)), failures_(failures) {}
  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
    if (failures_ != nullptr && ++calls_ % 2 == 0) {
      ++*failures_;
      return Busy();
    }
    return bytes_.copy(out, std::min<size_t>(size, 3), offset);
  }
  uint64_t size() const override { return bytes_.size(); }
  const std::string& uri() const override { return uri_; }

 private:
  const std::string bytes_, uri_ = "m://a";
  int* const failures_;
  mutable int calls_ = 0;
};

class ShortStore final : public MemoryStore {
 public:
  explicit ShortStore(int* failures) : failures_(failures) {}
  absl::StatusOr<std::unique_ptr<ByteReader>> Read(std::string_view uri, ByteRange = kWholeObject) override {
    return std::make_unique<ShortReader>(objects[std::string(uri)], failures_);
  }

 private:
  int* const failures_;
};

TEST(RetryingReader, GoesOnWhereTheConnectionBroke) {
  int failures = 0;
  SimClock clock;
  auto inner = std::make_unique<ShortStore>(&failures);
  inner->objects["m://a"] = "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string expected = inner->objects["m://a"];
  RetryingStore store(std::move(inner), &clock, 1);
  const auto reader = store.Read("m://a");
  ASSERT_TRUE(reader.ok());
  std::string out(100, '\0');
  const auto got = (*reader)->ReadAt(0, out.data(), out.size());
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(out.substr(0, *got), expected);
  EXPECT_GT(failures, 10);  // more than one budget
}

// Loses the answer to its first write, and tells no checksums.
class DoubtfulStore final : public MemoryStore {
 public:
  absl::StatusOr<std::optional<ObjectInfo>> Stat(std::string_view uri) override {
    DH_ASSIGN_OR_RETURN(std::optional<ObjectInfo> info, MemoryStore::Stat(uri));
    if (info) info->crc32c.reset();
    return info;
  }
  absl::StatusOr<std::unique_ptr<ByteReader>> Read(std::string_view uri, ByteRange = kWholeObject) override {
    return std::make_unique<ShortReader>(objects[std::string(uri)], nullptr);
  }
  absl::Status Write(std::string_view uri, const ByteViews& bytes, const Precondition& when = {}) override {
    DH_RETURN_IF_ERROR(MemoryStore::Write(uri, bytes, when));
    return std::exchange(lost_, true) ? absl::OkStatus() : Busy();
  }

 private:
  bool lost_ = false;
};

TEST(RetryingStore, AWriteInDoubtIsReadToItsEnd) {
  SimClock clock;
  RetryingStore store(std::make_unique<DoubtfulStore>(), &clock, 1);
  EXPECT_TRUE(store.Write("m://a", "mine, all of it", Precondition::Absent()).ok());
}

// The whole suite, with one request in five going wrong.
template <typename Server, typename... Options>
StoreUnderTest::Opened Open(const Server& server, std::string_view bucket, Options... options) {
  static HttpTransport* const transport = CurlTransport::New()->release();
  static auto& networks = *new std::deque<FaultyHttp>;  // as the stores, for as long as the program
  const uint64_t test = networks.size() + 1;
  FaultyHttp* const faulty = &networks.emplace_back(transport, test);
  const CallPolicy policy{.backoff = {.first = 1000, .most = 20'000}, .most_attempts = 60};
  return {std::make_unique<RetryingStore>(server.Open(faulty, options...), &Clock::Real(), test, policy),
          StrCat(bucket, "/faulty ", test)};
}

StoreUnderTest::Opened OpenMinio() {
  static const S3Server& server = *new S3Server("minio");
  return Open(server, "s3://bucket");
}

StoreUnderTest::Opened OpenVersitygw() {
  static const S3Server& server = *new S3Server("versitygw");
  return Open(server, "s3://bucket");
}

const GcsServer& FakeGcsServer() {
  static const GcsServer& server = *new GcsServer("fake-gcs-server");
  return server;
}

StoreUnderTest::Opened OpenFakeGcsServer() { return Open(FakeGcsServer(), "gs://bucket"); }

StoreUnderTest::Opened OpenGcpStorageEmulator() {
  static const GcsServer& server = *new GcsServer("gcp-storage-emulator");
  return Open(server, "gs://bucket");
}

StoreUnderTest::Opened OpenAzurite() {
  static const AzureServer& server = *new AzureServer;
  return Open(server, "az://container");
}

StoreUnderTest::Opened OpenMemory() {
  return {std::make_unique<RetryingStore>(std::make_unique<MemoryStore>(), &Clock::Real(), 1), "memory://all"};
}

// See objects/s3/s3_store_suite_test.cc. An upload whose beginning was not answered is begun again.
INSTANTIATE_TEST_SUITE_P(FaultyMinio, ObjectStoreSuite,
                         ::testing::Values(StoreUnderTest{.name = "FaultyMinio",
                                                          .open = &OpenMinio,
                                                          .names_like_folders = false,
                                                          .lists_uploads_below = false,
                                                          .begins_once = false}));
INSTANTIATE_TEST_SUITE_P(FaultyVersitygw, ObjectStoreSuite,
                         ::testing::Values(StoreUnderTest{.name = "FaultyVersitygw",
                                                          .open = &OpenVersitygw,
                                                          .names_like_folders = false,
                                                          .checks_finished = false,
                                                          .begins_once = false}));
// See objects/gcs/gcs_store_suite_test.cc.
INSTANTIATE_TEST_SUITE_P(FaultyFakeGcsServer, ObjectStoreSuite,
                         ::testing::Values(StoreUnderTest{.name = "FaultyFakeGcsServer",
                                                          .open = &OpenFakeGcsServer,
                                                          .begins_once = false,
                                                          .checks_finishes = false,
                                                          .checks_deletes = false}));
INSTANTIATE_TEST_SUITE_P(FaultyGcpStorageEmulator, ObjectStoreSuite,
                         ::testing::Values(StoreUnderTest{.name = "FaultyGcpStorageEmulator",
                                                          .open = &OpenGcpStorageEmulator,
                                                          .begins_once = false,
                                                          .checks_writes = false,
                                                          .checks_finishes = false,
                                                          .checks_deletes = false,
                                                          .knows_versions = false}));

TEST(RetryingStore, UploadsToGoogleAreJoinedThoughRequestsFail) {
  const StoreUnderTest::Opened opened = Open(FakeGcsServer(), "gs://bucket/uploads", 1000);
  const std::string uri = opened.folder + "/joined", upload = *opened.store->BeginUpload(uri);
  std::vector<UploadPiece> pieces;
  std::string expected;
  for (uint32_t i = 0; i < 100; ++i) {
    const std::string bytes = StrCat("piece ", i, "\n");
    const auto piece = opened.store->PutPiece(upload, i, bytes);
    ASSERT_TRUE(piece.ok()) << piece.status();
    pieces.push_back(*piece);
    expected += bytes;
  }
  const absl::Status status = opened.store->FinishUpload(upload, pieces);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE((*opened.store->ListUploads(uri)).empty());
  std::string found(expected.size(), '\0');
  const auto reader = opened.store->Read(uri);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(*(*reader)->ReadAt(0, found.data(), found.size()), expected.size());
  EXPECT_EQ(found, expected);
}

INSTANTIATE_TEST_SUITE_P(FaultyAzurite, ObjectStoreSuite,
                         ::testing::Values(StoreUnderTest{
                             .name = "FaultyAzurite", .open = &OpenAzurite, .begins_once = false}));
INSTANTIATE_TEST_SUITE_P(Memory, ObjectStoreSuite, ::testing::Values(StoreUnderTest{"Memory", &OpenMemory}));

}  // namespace
}  // namespace datahaul

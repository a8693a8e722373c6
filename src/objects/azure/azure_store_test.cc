#include "objects/azure/azure_store.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "retry/retry_after.h"
#include "testing/fake_http.h"
#include "testing/sim_clock.h"

namespace datahaul {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kSecret[] = "aHVzaC1odXNo";  // base64
constexpr char kId[] = "0123456789abcdef0123456789abcdef";

std::string Header(const HttpRequest& request, std::string_view name) {
  return std::string(HeaderOf(request.headers, name));
}

class AzureStoreTest : public testing::Test {
 protected:
  AzureStoreTest() {
    variables_["AZURE_STORAGE_ACCOUNT"] = "acc";
    variables_["AZURE_STORAGE_KEY"] = kSecret;
  }
  std::unique_ptr<ObjectStore> Open(const AzureOptions& options = {}) {
    auto store = AzureStore::New(&http_, &clock_, [this](const char* name) { return variables_[name]; }, options);
    if (!store.ok()) ADD_FAILURE() << store.status();
    return *std::move(store);
  }
  static HttpResponse Error(int status, const std::string& code, const std::string& message = "") {
    return {.status = status, .body = StrCat("<Error><Code>", code, "</Code><Message>", message, "</Message></Error>")};
  }
  // A token, in place of the key.
  void SignIn() {
    variables_["AZURE_STORAGE_KEY"] = "";
    variables_["AZURE_TENANT_ID"] = "t";
    variables_["AZURE_CLIENT_ID"] = "c";
    variables_["AZURE_CLIENT_SECRET"] = "hush";
  }
  static bool IsLogin(const HttpRequest& request) { return request.url.starts_with("https://login."); }
  static HttpResponse Token() { return {.status = 200, .body = R"({"access_token":"tok","expires_in":3600})"}; }
  absl::Status WriteAnswered(HttpResponse answer) {
    answer_ = [answer = std::move(answer)](const HttpRequest&) { return answer; };
    absl::Status status = Open()->Write("az://con/a b", "bytes");
    EXPECT_THAT(status.ToString(), AllOf(HasSubstr("writing az://con/a b: "), Not(HasSubstr(kSecret))));
    return status;
  }

  std::map<std::string, std::string> variables_;
  SimClock clock_;
  std::function<absl::StatusOr<HttpResponse>(const HttpRequest&)> answer_ = [](const HttpRequest&) {
    return HttpResponse{.status = 201};
  };
  FakeHttp http_{[this](const HttpRequest& request) { return answer_(request); }};
};

TEST_F(AzureStoreTest, WhereBlobsAre) {
  EXPECT_TRUE(Open()->Write("az://con/a b/c", "x").ok());
  EXPECT_TRUE(Open({.endpoint = "http://127.0.0.1:1/acc"})->Write("az://con/a", "x").ok());
  EXPECT_TRUE(Open({.endpoint = "https://proxy.example"})->Write("abfss://con@acc.dfs.core.windows.net/a", "x").ok());
  EXPECT_TRUE(Open()->Write("abfs://con@acc.dfs.core.windows.net/a", "x").ok());
  std::vector<std::string> urls;
  for (const HttpRequest& request : http_.requests()) urls.push_back(request.url);
  EXPECT_EQ(urls,
            (std::vector<std::string>{"https://acc.blob.core.windows.net/con/a%20b/c", "http://127.0.0.1:1/acc/con/a",
                                      "https://proxy.example/con/a", "https://acc.blob.core.windows.net/con/a"}));
}

TEST_F(AzureStoreTest, RefusesAddressesAndWhatIsMissing) {
  const auto store = Open();
  for (const char* uri : {"az://", "az://con", "s3://con/a", "abfss://con/a"}) {
    EXPECT_EQ(RetryOf(store->Write(uri, "x")), Retry::kUsage) << uri;
  }
  variables_["AZURE_STORAGE_ACCOUNT"] = "";
  EXPECT_THAT(Open()->Write("az://con/a", "x").ToString(), HasSubstr("expected the name of the storage account"));
  EXPECT_TRUE(http_.requests().empty());
}

// It would be refused, with an error that does not say why.
TEST_F(AzureStoreTest, AKeyIsForItsAccountOnly) {
  const absl::Status status = Open()->Write("abfss://con@other.dfs.core.windows.net/a", "x");
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("for account other, found the key of account acc"));
  EXPECT_TRUE(http_.requests().empty());
  SignIn();
  answer_ = [](const HttpRequest& request) { return IsLogin(request) ? Token() : HttpResponse{.status = 201}; };
  EXPECT_TRUE(Open()->Write("abfss://con@other.dfs.core.windows.net/a", "x").ok());
  EXPECT_EQ(Header(http_.requests().back(), "Authorization"), "Bearer tok");
}

TEST_F(AzureStoreTest, ATokenIsNotSentInTheClear) {
  SignIn();
  answer_ = [](const HttpRequest&) { return Token(); };
  const absl::Status status = Open({.endpoint = "http://127.0.0.1:1/acc"})->Write("az://con/a", "x");
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("https"));
  EXPECT_EQ(http_.requests().size(), 1u);  // for the token
}

TEST_F(AzureStoreTest, NorIsASas) {
  variables_["AZURE_STORAGE_KEY"] = "";
  variables_["AZURE_STORAGE_SAS_TOKEN"] = "sv=1&sig=hush%3D";
  const absl::Status status = Open({.endpoint = "http://store.example:1/acc"})->Write("az://con/a", "x");
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), AllOf(HasSubstr("https"), Not(HasSubstr("hush"))));
  EXPECT_THAT(http_.requests(), testing::IsEmpty());
}

TEST_F(AzureStoreTest, ASasTokenIsPartOfTheAddressAndOfNoMessage) {
  variables_["AZURE_STORAGE_KEY"] = "";
  variables_["AZURE_STORAGE_SAS_TOKEN"] = "sv=1&sig=hush%3D";
  answer_ = [](const HttpRequest&) { return Error(403, "AuthorizationPermissionMismatch"); };
  const absl::Status status = Open()->List("az://con/a").status();
  EXPECT_THAT(http_.requests()[0].url, AllOf(StartsWith("https://acc.blob.core.windows.net/con?comp=list&"),
                                             testing::EndsWith("&sv=1&sig=hush%3D")));
  EXPECT_EQ(Header(http_.requests()[0], "Authorization"), "");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(status.ToString(),
              AllOf(HasSubstr("the SAS token of AZURE_STORAGE_SAS_TOKEN by one with the permissions r and l"),
                    Not(HasSubstr("hush"))));
}

TEST_F(AzureStoreTest, SendsTheChecksumsAndTheKind) {
  EXPECT_TRUE(Open()->Write("az://con/a", "123456789").ok());
  const HttpRequest request = http_.requests().at(0);
  EXPECT_EQ(Header(request, "x-ms-content-crc64"), "iJh5CoYUi64=");  // AE8B14860A799888, its lowest byte first
  EXPECT_EQ(Header(request, "x-ms-meta-datahaulcrc32c"), "e3069283");
  EXPECT_EQ(Header(request, "x-ms-blob-type"), "BlockBlob");
  EXPECT_THAT(Header(request, "Authorization"), StartsWith("SharedKey acc:"));
}

TEST_F(AzureStoreTest, WhatWouldBeRefusedBecauseOfItselfIsSentOnce) {
  const auto store = Open();
  EXPECT_TRUE(store->Write("az://con/a", "x").ok());
  EXPECT_FALSE(http_.requests().back().once);
  EXPECT_TRUE(store->Write("az://con/a", "x", Precondition::Absent()).ok());
  EXPECT_TRUE(http_.requests().back().once);
  EXPECT_EQ(Header(http_.requests().back(), "If-None-Match"), "*");
  EXPECT_TRUE(store->Write("az://con/a", "x", Precondition::Is("0x1")).ok());
  EXPECT_TRUE(http_.requests().back().once);
  EXPECT_EQ(Header(http_.requests().back(), "If-Match"), "\"0x1\"");
}

TEST_F(AzureStoreTest, PermissionErrorsNameWhoWhereAndTheRole) {
  for (const char* code :
       {"AuthorizationPermissionMismatch", "AuthorizationFailure", "InsufficientAccountPermissions"}) {
    SignIn();
    answer_ = [code = std::string(code)](const HttpRequest& request) {
      return IsLogin(request) ? Token() : Error(403, code, "Not so.\nRequestId:1\nTime:2");
    };
    const absl::Status status = Open()->Write("az://con/a", "x");
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(RetryOf(status), Retry::kHuman);
    EXPECT_THAT(
        status.ToString(),
        AllOf(HasSubstr(code), HasSubstr("(Not so.)"), HasSubstr("give service principal c (from AZURE_CLIENT_SECRET)"),
              HasSubstr("the role Storage Blob Data Contributor"), HasSubstr("container con of account acc")));
  }
  // HEAD has no body, but a header.
  answer_ = [](const HttpRequest& request) {
    if (IsLogin(request)) return Token();
    return HttpResponse{.status = 403, .headers = {{"x-ms-error-code", "AuthorizationFailure"}}};
  };
  EXPECT_THAT(Open()->Stat("az://con/a").status().ToString(),
              AllOf(HasSubstr("AuthorizationFailure"), HasSubstr("the role Storage Blob Data Reader")));
}

TEST_F(AzureStoreTest, WhatAPersonMustMend) {
  EXPECT_THAT(WriteAnswered(Error(404, "ContainerNotFound")).ToString(),
              HasSubstr("there is no container con in account acc at https://acc.blob.core.windows.net; create it"));
  EXPECT_EQ(RetryOf(WriteAnswered(Error(404, "ContainerNotFound"))), Retry::kHuman);
  const absl::Status signature = WriteAnswered(Error(403, "AuthenticationFailed", "Server failed."));
  EXPECT_EQ(signature.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(RetryOf(signature), Retry::kHuman);
  EXPECT_THAT(signature.ToString(), HasSubstr("account acc does not accept the key of account acc"));
  for (const auto& [code, expected] : {std::pair("LeaseIdMissing", "holds a lease"),
                                       {"SnapshotsPresent", "snapshots"},
                                       {"BlobImmutableDueToPolicy", "policy"},
                                       {"InvalidBlobType", "no block blob"},
                                       {"BlobArchived", "access tier"},
                                       {"InvalidBlobOrBlock", "unfinished upload"},
                                       {"InvalidResourceName", "names of containers are"},
                                       {"OutOfRangeInput", "names of containers are"},
                                       {"KeyBasedAuthenticationNotPermitted", "takes no keys"}}) {
    const absl::Status status = WriteAnswered(Error(409, code));
    EXPECT_EQ(RetryOf(status), Retry::kHuman) << code;
    EXPECT_THAT(status.ToString(), HasSubstr(expected));
  }
}

TEST_F(AzureStoreTest, ATokenThatHasExpiredIsRenewed) {
  SignIn();
  answer_ = [](const HttpRequest& request) {
    if (IsLogin(request)) return Token();
    return Error(401, "InvalidAuthenticationInfo", "Lifetime validation failed. The token is expired.");
  };
  const auto refused = answer_;
  const auto store = Open();
  EXPECT_EQ(RetryOf(store->Write("az://con/a", "x")), Retry::kHuman) << "a new token is not refused because of its age";
  answer_ = [](const HttpRequest& request) { return IsLogin(request) ? Token() : HttpResponse{.status = 201}; };
  EXPECT_TRUE(store->Write("az://con/a", "x").ok());
  clock_.Sleep(120'000'000);
  answer_ = refused;
  EXPECT_EQ(RetryOf(store->Write("az://con/a", "x")), Retry::kCall);
  const size_t before = http_.requests().size();
  (void)store->Write("az://con/a", "x");
  EXPECT_EQ(http_.requests().size(), before + 2) << "with another token";
  answer_ = [](const HttpRequest& request) {
    return IsLogin(request) ? Token() : Error(401, "InvalidAuthenticationInfo", "Issuer validation failed.");
  };
  EXPECT_EQ(RetryOf(store->Write("az://con/a", "x")), Retry::kHuman);
}

TEST_F(AzureStoreTest, APageOfAWebServerIsNoMissingBlob) {
  EXPECT_EQ(RetryOf(WriteAnswered({.status = 404, .body = "<html>nginx</html>"})), Retry::kHuman);
  EXPECT_FALSE(Open()->Delete("az://con/a").ok());
  EXPECT_FALSE(Open()->Stat("az://con/a").ok());
  for (const int code : {302, 400, 404, 405}) {
    const absl::Status written = WriteAnswered({.status = code, .body = "<html>"});
    EXPECT_EQ(RetryOf(written), Retry::kHuman) << code;
    EXPECT_THAT(written.ToString(), HasSubstr("the endpoint https://acc.blob.core.windows.net")) << code;
  }
  answer_ = [](const HttpRequest&) { return HttpResponse{.status = 200, .headers = {{"content-length", "7"}}}; };
  EXPECT_EQ(RetryOf(Open()->Stat("az://con/a").status()), Retry::kHuman);
  answer_ = [](const HttpRequest&) {
    return HttpResponse{.status = 404, .headers = {{"x-ms-error-code", "BlobNotFound"}}};
  };
  EXPECT_EQ(*Open()->Stat("az://con/a"), std::nullopt);
  EXPECT_TRUE(Open()->Delete("az://con/a").ok());
}

TEST_F(AzureStoreTest, WhatPasses) {
  for (const auto& [status, code] : {std::pair(503, "ServerBusy"),
                                     {500, "InternalError"},
                                     {500, "OperationTimedOut"},
                                     {429, "TooMany"},
                                     {408, "Late"},
                                     {400, "Crc64Mismatch"},
                                     {409, "ContainerBeingDeleted"}}) {
    EXPECT_EQ(RetryOf(WriteAnswered(Error(status, code))), Retry::kCall) << code;
  }
  EXPECT_EQ(RetryOf(WriteAnswered({.status = 502, .body = "<html>"})), Retry::kCall);
  HttpResponse later = Error(503, "ServerBusy");
  later.headers = {{"retry-after", "7"}};
  EXPECT_EQ(RetryAfterOf(WriteAnswered(later)), 7'000'000);
  EXPECT_EQ(RetryOf(WriteAnswered(Error(400, "InvalidHeaderValue"))), Retry::kNever);
  EXPECT_EQ(WriteAnswered(Error(501, "APINotImplemented")).code(), absl::StatusCode::kUnimplemented);
}

std::string Blob(const std::string& name, const std::string& more = "", const std::string& metadata = "") {
  return StrCat("<Blob><Name>", name, "</Name><Properties><Content-Length>5</Content-Length><Etag>0x1</Etag>",
                "<Creation-Time>Fri, 26 Jun 2015 23:39:12 GMT</Creation-Time>", more, "</Properties><Metadata>",
                metadata, "</Metadata></Blob>");
}

HttpResponse Page(const std::string& blobs, const std::string& next = "") {
  return {.status = 200,
          .body = StrCat("<EnumerationResults><Blobs>", blobs, "</Blobs><NextMarker>", next,
                         "</NextMarker></EnumerationResults>")};
}

TEST_F(AzureStoreTest, ListsToTheEndWithoutFoldersAndUploads) {
  answer_ = [](const HttpRequest& request) {
    if (request.url.find("marker=next") == request.url.npos) return Page(Blob("f/b") + Blob("f/a"), "next");
    return Page(Blob("f/c", "", "<datahaulcrc32c>000000ff</datahaulcrc32c>") +
                Blob("f/dir", "<ResourceType>directory</ResourceType>") +
                Blob("f/old", "", "<hdi_isfolder>true</hdi_isfolder>") + Blob("f/slash/") +
                Blob(StrCat("f/a.datahaul-upload-", kId)));
  };
  const auto objects = Open()->List("az://con/f");
  ASSERT_TRUE(objects.ok()) << objects.status();
  ASSERT_EQ(objects->size(), 3u);
  EXPECT_EQ(objects->at(0).name, "a");
  EXPECT_EQ(objects->at(0).uri, "az://con/f/a");
  EXPECT_EQ(objects->at(0).version, "0x1");
  EXPECT_EQ(objects->at(0).crc32c, std::nullopt);
  EXPECT_EQ(objects->at(2).crc32c, 255u);
  const auto uploads = Open()->ListUploads("az://con/f");
  ASSERT_TRUE(uploads.ok()) << uploads.status();
  ASSERT_EQ(uploads->size(), 1u);
  EXPECT_EQ(uploads->at(0).upload, StrCat(kId, " az://con/f/a"));
  EXPECT_EQ(uploads->at(0).uri, "az://con/f/a");
  EXPECT_EQ(uploads->at(0).begun_at, 1'435'361'952'000'000);
  EXPECT_THAT(http_.requests().back().url, HasSubstr("include=uncommittedblobs"));
}

TEST_F(AzureStoreTest, OddListingsAreDamage) {
  const auto list = [this](HttpResponse answer) {
    answer_ = [answer = std::move(answer)](const HttpRequest&) { return answer; };
    return Open()->List("az://con/f").status().code();
  };
  EXPECT_EQ(list({.status = 200, .body = "<Other/>"}), absl::StatusCode::kDataLoss);
  EXPECT_EQ(list({.status = 200, .body = "<Enum"}), absl::StatusCode::kDataLoss);
  EXPECT_EQ(list(Page(Blob("elsewhere"))), absl::StatusCode::kDataLoss);
  EXPECT_EQ(list(Page("<Blob><Name>f/a</Name></Blob>")), absl::StatusCode::kDataLoss);
  EXPECT_EQ(list(Page(Blob("f/a"), "same")), absl::StatusCode::kDataLoss);
  EXPECT_EQ(list(Page("")), absl::StatusCode::kNotFound);
}

TEST_F(AzureStoreTest, FoldersAreNoObjects) {
  answer_ = [](const HttpRequest&) {
    return HttpResponse{.status = 200, .headers = {{"content-length", "0"}, {"x-ms-meta-hdi_isfolder", "true"}}};
  };
  EXPECT_EQ(*Open()->Stat("az://con/f"), std::nullopt);
  EXPECT_EQ(*Open()->Stat("az://con/f/"), std::nullopt);
  EXPECT_EQ(*Open()->Stat("az://con"), std::nullopt);
  EXPECT_EQ(http_.requests().size(), 1u);
}

TEST_F(AzureStoreTest, ReadsAreOfOneVersion) {
  answer_ = [](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
    if (Header(request, "Range") == "bytes=0-3") {
      return HttpResponse{
          .status = 206, .headers = {{"content-range", "bytes 0-3/10"}, {"etag", "\"0x1\""}}, .body = "0123"};
    }
    return Error(412, "ConditionNotMet");
  };
  const auto store = Open();
  const auto reader = store->Read("az://con/a", {0, 4});
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->version(), "0x1");
  std::string out(10, '\0');
  const absl::Status changed = (*reader)->ReadAt(4, out.data(), 6).status();
  EXPECT_EQ(Header(http_.requests().back(), "If-Match"), "\"0x1\"");
  EXPECT_EQ(RetryOf(changed), Retry::kHuman);
  EXPECT_THAT(changed.ToString(), HasSubstr("changed while being read"));
}

// Answers as a service that copies by itself; the upload's own blob has `size` bytes.
class AzureCopies : public AzureStoreTest {
 protected:
  AzureCopies() {
    answer_ = [this](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
      if (IsLogin(request)) return Token();
      if (request.method == "HEAD")
        return HttpResponse{.status = 200, .headers = {{"content-length", "0"}, {"etag", "\"0x1\""}}};
      if (!Header(request, "x-ms-copy-source").empty()) {
        ++copies_;
        return copied_;
      }
      return HttpResponse{.status = 201, .headers = {{"etag", "\"0x2\""}}};
    };
  }
  std::vector<HttpRequest> Copies() {
    std::vector<HttpRequest> copies;
    for (const HttpRequest& request : http_.requests()) {
      if (!Header(request, "x-ms-copy-source").empty()) copies.push_back(request);
    }
    return copies;
  }

  std::atomic<int> copies_ = 0;
  HttpResponse copied_{.status = 201};
  const std::string upload_ = StrCat(kId, " az://con/a");
  const ObjectInfo source_{.uri = "az://con/b c", .size = 4, .version = "0x9", .crc32c = 7};
};

TEST_F(AzureCopies, OfWholeBlobsWithAChecksumAreAzures) {
  const auto piece = Open()->CopyPiece(upload_, 0, source_, {0, 4});
  ASSERT_TRUE(piece.ok()) << piece.status();
  EXPECT_EQ(piece->crc32c, 7u);
  EXPECT_EQ(piece->size, 4u);
  ASSERT_EQ(Copies().size(), 1u);
  const HttpRequest copy = Copies()[0];
  EXPECT_THAT(copy.url, HasSubstr(StrCat("/con/a.datahaul-upload-", kId, "?blockid=")));
  EXPECT_THAT(Header(copy, "x-ms-copy-source"), StartsWith("https://acc.blob.core.windows.net/con/b%20c?se="));
  EXPECT_EQ(Header(copy, "x-ms-source-range"), "bytes=0-3");
  EXPECT_EQ(Header(copy, "x-ms-source-if-match"), "\"0x9\"");
  SignIn();
  ASSERT_TRUE(Open()->CopyPiece(upload_, 0, source_, {0, 4}).ok());
  EXPECT_EQ(Header(Copies()[1], "x-ms-copy-source"), "https://acc.blob.core.windows.net/con/b%20c");
  EXPECT_EQ(Header(Copies()[1], "x-ms-copy-source-authorization"), "Bearer tok");
}

TEST_F(AzureCopies, OfWhatHasChangedFail) {
  copied_ = Error(412, "SourceConditionNotMet");
  EXPECT_EQ(Open()->CopyPiece(upload_, 0, source_, {0, 4}).status().code(), absl::StatusCode::kAborted);
  copied_ = Error(503, "ServerBusy");
  EXPECT_EQ(RetryOf(Open()->CopyPiece(upload_, 0, source_, {0, 4}).status()), Retry::kCall);
  EXPECT_EQ(Copies().size(), 2u);
  EXPECT_EQ(http_.requests().size(), 2u);  // nothing is carried
}

TEST_F(AzureCopies, LargeUploadsArePublishedInBlocksOfTheirOwn) {
  const uint64_t size = 250 << 20;
  const std::vector<UploadPiece> pieces = {{.number = 0, .size = size, .crc32c = 5, .tag = "dGFn"}};
  const absl::Status status = Open()->FinishUpload(upload_, pieces);
  ASSERT_TRUE(status.ok()) << status;
  std::vector<std::string> ranges;
  for (const HttpRequest& copy : Copies()) {
    ranges.push_back(Header(copy, "x-ms-source-range"));
    EXPECT_THAT(copy.url, StartsWith("https://acc.blob.core.windows.net/con/a?blockid="));
    EXPECT_EQ(Header(copy, "x-ms-source-if-match"), "\"0x2\"");
  }
  EXPECT_THAT(ranges, testing::UnorderedElementsAre("bytes=0-104857599", "bytes=104857600-209715199",
                                                    "bytes=209715200-262143999"));
  const std::vector<HttpRequest> requests = http_.requests();
  const HttpRequest& joined = requests[1];
  EXPECT_THAT(std::string(joined.body), HasSubstr("<BlockList><Latest>dGFn</Latest></BlockList>"));
  EXPECT_EQ(Header(joined, "If-Match"), "\"0x1\"");
  const HttpRequest& published = requests[requests.size() - 2];
  EXPECT_EQ(published.url, "https://acc.blob.core.windows.net/con/a?comp=blocklist");
  EXPECT_EQ(Header(published, "x-ms-meta-datahaulcrc32c"), "00000005");
  EXPECT_THAT(std::string(published.body), HasSubstr("<Uncommitted>"));
  EXPECT_EQ(requests.back().method, "DELETE");
}

// A thousand blocks are not copied again because one of them failed.
TEST_F(AzureCopies, APublicationThatBreaksGoesOnWhereItWas) {
  const auto inner = answer_;
  std::string staged;  // as a list of blocks says it
  int left = 10;
  std::mutex mutex;
  answer_ = [&](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
    const std::lock_guard lock(mutex);
    if (request.method == "GET") {
      return HttpResponse{.status = 200,
                          .body = StrCat("<BlockList><CommittedBlocks /><UncommittedBlocks>", staged,
                                         "</UncommittedBlocks></BlockList>")};
    }
    if (!Header(request, "x-ms-copy-source").empty()) {
      if (left-- == 0) return Error(503, "ServerBusy");
      const size_t begin = request.url.find("blockid=") + 8;
      StrAppend(&staged, "<Block><Name>", request.url.substr(begin, request.url.find('&', begin) - begin),
                "</Name><Size>104857600</Size></Block>");
    }
    return inner(request);
  };
  const std::vector<UploadPiece> pieces = {{.number = 0, .size = uint64_t{1500} << 20, .crc32c = 5, .tag = "dGFn"}};
  const auto store = Open();
  EXPECT_EQ(RetryOf(store->FinishUpload(upload_, pieces)), Retry::kCall);
  const size_t before = Copies().size();
  EXPECT_LT(before, 15u + 8);
  const absl::Status status = store->FinishUpload(upload_, pieces);
  ASSERT_TRUE(status.ok()) << status;
  std::set<std::string> ranges;
  for (const HttpRequest& copy : Copies()) ranges.insert(Header(copy, "x-ms-source-range"));
  EXPECT_EQ(ranges.size(), 15u);
  EXPECT_LE(Copies().size(), 16u);  // the one that failed is copied twice
}

// Azure refuses, or somebody else's Put Block List has dropped our blocks: neither may be taken for the end of the
// upload.
TEST_F(AzureCopies, APublicationThatIsOvertakenIsTriedAgain) {
  const auto inner = answer_;
  answer_ = [&inner](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
    if (request.url.ends_with("/con/a?comp=blocklist")) return Error(400, "InvalidBlockList");
    return inner(request);
  };
  const std::vector<UploadPiece> pieces = {{.number = 0, .size = 3, .crc32c = 5, .tag = "dGFn"}};
  EXPECT_EQ(RetryOf(Open()->FinishUpload(upload_, pieces)), Retry::kCall);
  for (const HttpRequest& request : http_.requests()) EXPECT_NE(request.method, "DELETE");
}

TEST_F(AzureStoreTest, KnowsItsHandlesOnly) {
  const auto store = Open();
  for (const char* upload : {"nonsense", "id az://con/a", "0123456789abcdef0123456789abcdef s3://con/a"}) {
    EXPECT_FALSE(store->AbortUpload(upload).ok()) << upload;
  }
  EXPECT_FALSE(store->PutPiece(StrCat(kId, " az://con/a"), 50'000, "x").ok());
  EXPECT_TRUE(http_.requests().empty());
}

}  // namespace
}  // namespace datahaul

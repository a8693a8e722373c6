#include "objects/s3/s3_store.h"

#include <functional>
#include <memory>
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

constexpr char kSecret[] = "s3cr3t-and-long";

class S3StoreTest : public testing::Test {
 protected:
  std::unique_ptr<ObjectStore> Open(const S3Options& options = {}) {
    const Environment environment = [this](const char* name) -> std::string {
      if (std::string_view(name) == "AWS_ACCESS_KEY_ID") return "AKIA1";
      if (std::string_view(name) == "AWS_SECRET_ACCESS_KEY") return kSecret;
      if (std::string_view(name) == "AWS_SESSION_TOKEN") return token_;
      return "";
    };
    auto store = S3Store::New(&http_, &clock_, environment, options);
    if (!store.ok()) ADD_FAILURE() << store.status();
    return *std::move(store);
  }
  static HttpResponse Error(int status, const std::string& code, const std::string& message = "") {
    return {.status = status, .body = StrCat("<Error><Code>", code, "</Code><Message>", message, "</Message></Error>")};
  }
  absl::Status WriteAnswered(HttpResponse answer) {
    answer_ = [answer = std::move(answer)](const HttpRequest&) { return answer; };
    absl::Status status = Open()->Write("s3://bucket/a b", "bytes");
    EXPECT_THAT(status.ToString(), AllOf(HasSubstr("writing s3://bucket/a b: "), Not(HasSubstr(kSecret))));
    return status;
  }

  std::string token_;
  SimClock clock_;
  std::function<absl::StatusOr<HttpResponse>(const HttpRequest&)> answer_ = [](const HttpRequest&) {
    return HttpResponse{.status = 200};
  };
  FakeHttp http_{[this](const HttpRequest& request) { return answer_(request); }};
};

TEST_F(S3StoreTest, AmazonsBucketsAreHosts) {
  EXPECT_TRUE(Open({.region = "eu-west-1"})->Write("s3://bucket/a b", "x").ok());
  EXPECT_TRUE(Open({.region = "cn-north-1"})->Write("s3://bucket/a", "x").ok());
  EXPECT_TRUE(Open({.region = "eu-west-1"})->Write("s3://with.dot/a", "x").ok());
  EXPECT_TRUE(Open({.region = "eu-west-1", .path_style = true})->Write("s3://bucket/a", "x").ok());
  EXPECT_TRUE(Open({.endpoint = "https://s3.example.com:443/"})->Write("s3://bucket/a", "x").ok());
  EXPECT_TRUE(Open({.endpoint = "http://127.0.0.1:9000"})->Write("s3://bucket/a", "x").ok());
  std::vector<std::string> urls;
  for (const HttpRequest& request : http_.requests()) urls.push_back(request.url);
  EXPECT_EQ(urls,
            (std::vector<std::string>{
                "https://bucket.s3.eu-west-1.amazonaws.com/a%20b", "https://bucket.s3.cn-north-1.amazonaws.com.cn/a",
                "https://s3.eu-west-1.amazonaws.com/with.dot/a", "https://s3.eu-west-1.amazonaws.com/bucket/a",
                "https://s3.example.com/bucket/a", "http://127.0.0.1:9000/bucket/a"}));
}

TEST_F(S3StoreTest, RefusesEndpointsAndAddressesThatAreNone) {
  for (const char* endpoint :
       {"127.0.0.1:9000", "https://", "https://user:pw@host", "https://host/path", "ftp://host"}) {
    const auto store = S3Store::New(&http_, &clock_, [](const char*) { return ""; }, {.endpoint = endpoint});
    EXPECT_EQ(RetryOf(store.status()), Retry::kUsage) << endpoint;
    EXPECT_THAT(store.status().ToString(), Not(HasSubstr("pw")));
  }
  const auto store = Open();
  for (const char* uri :
       {"s3://", "s3:///key", "s3://bu cket/key", "gs://bucket/key", "s3://bucket", "s3://b@ucket/k"}) {
    EXPECT_EQ(RetryOf(store->Write(uri, "x")), Retry::kUsage) << uri;
  }
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(S3StoreTest, SendsTheChecksumAndTheSessionsToken) {
  token_ = "token";
  EXPECT_TRUE(Open()->Write("s3://bucket/a", "123456789").ok());
  const HttpHeaders headers = http_.requests().at(0).headers;
  EXPECT_EQ(HeaderOf(headers, "x-amz-checksum-crc32c"), "4waSgw==");  // e3069283
  EXPECT_EQ(HeaderOf(headers, "x-amz-security-token"), "token");
  EXPECT_THAT(std::string(HeaderOf(headers, "Authorization")), HasSubstr("x-amz-checksum-crc32c;"));
}

TEST_F(S3StoreTest, WhatWouldBeRefusedBecauseOfItselfIsSentOnce) {
  const std::vector<UploadPiece> pieces = {{.number = 0, .size = 1, .crc32c = 2, .tag = "t"}};
  const auto store = Open();
  const auto once = [&] { return http_.requests().back().once; };
  EXPECT_TRUE(store->Write("s3://bucket/a", "x").ok());
  EXPECT_FALSE(once());
  EXPECT_TRUE(store->Write("s3://bucket/a", "x", Precondition::Absent()).ok());
  EXPECT_TRUE(once());
  EXPECT_TRUE(store->Write("s3://bucket/a", "x", Precondition::Is("v")).ok());
  EXPECT_TRUE(once());
  (void)store->FinishUpload("id s3://bucket/a", pieces, Precondition::Absent());
  EXPECT_TRUE(once());
  (void)store->BeginUpload("s3://bucket/a");
  EXPECT_TRUE(once());
}

// Stores look at If-Match when they delete (Amazon, versitygw), or don't (MinIO), or don't take it.
TEST_F(S3StoreTest, ADeletionOfOneVersionLooksAtItFirst) {
  int refused = 0;
  answer_ = [&refused](const HttpRequest& request) {
    if (request.method == "HEAD") {
      return HttpResponse{.status = 200, .headers = {{"etag", "\"v1\""}, {"content-length", "1"}}};
    }
    const bool conditional = !HeaderOf(request.headers, "If-Match").empty();
    return refused != 0 && conditional ? Error(refused, "Refused") : HttpResponse{.status = 204};
  };
  const auto store = Open();
  EXPECT_EQ(store->Delete("s3://bucket/a", Precondition::Is("\"v2\"")).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(http_.requests().back().method, "HEAD") << "nothing is deleted";
  EXPECT_TRUE(store->Delete("s3://bucket/a", Precondition::Is("\"v1\"")).ok());
  EXPECT_EQ(HeaderOf(http_.requests().back().headers, "If-Match"), "\"v1\"");
  refused = 501;
  EXPECT_TRUE(store->Delete("s3://bucket/a", Precondition::Is("\"v1\"")).ok());
  EXPECT_EQ(HeaderOf(http_.requests().back().headers, "If-Match"), "");
  answer_ = [](const HttpRequest& request) {
    if (request.method != "HEAD") return Error(412, "PreconditionFailed");
    return HttpResponse{.status = 200, .headers = {{"etag", "\"v1\""}, {"content-length", "1"}}};
  };
  EXPECT_EQ(store->Delete("s3://bucket/a", Precondition::Is("\"v1\"")).code(), absl::StatusCode::kAborted);
}

TEST_F(S3StoreTest, PermissionErrorsNamePrincipalBucketAndGrant) {
  const absl::Status status = WriteAnswered(Error(403, "AccessDenied", "Access Denied."));
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("grant access key AKIA1 (from AWS_ACCESS_KEY_ID) s3:PutObject on bucket "
                                           "bucket"));
  answer_ = [](const HttpRequest&) { return HttpResponse{.status = 403}; };  // HEAD has no body
  EXPECT_THAT(Open()->Stat("s3://bucket/a").status().ToString(), HasSubstr("s3:ListBucket on bucket bucket"));
}

TEST_F(S3StoreTest, WhatAnAnswerToHeadDoesNotSayIsAskedFor) {
  answer_ = [](const HttpRequest& request) {
    return request.method == "HEAD" ? HttpResponse{.status = 403} : Error(403, "InvalidAccessKeyId");
  };
  EXPECT_EQ(Open()->Stat("s3://bucket/a").status().code(), absl::StatusCode::kUnauthenticated);
  answer_ = [](const HttpRequest&) { return HttpResponse{.status = 503}; };
  EXPECT_EQ(RetryOf(Open()->Stat("s3://bucket/a").status()), Retry::kCall);
  EXPECT_EQ(http_.requests().size(), 3u);
}

TEST_F(S3StoreTest, WhatAPersonMustMend) {
  EXPECT_THAT(WriteAnswered(Error(404, "NoSuchBucket")).ToString(),
              HasSubstr("no bucket bucket at https://s3.us-east-1.amazonaws.com; create it"));
  EXPECT_EQ(RetryOf(WriteAnswered(Error(404, "NoSuchBucket"))), Retry::kHuman);
  const absl::Status signature = WriteAnswered(Error(403, "SignatureDoesNotMatch"));
  EXPECT_EQ(signature.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(RetryOf(signature), Retry::kHuman);
  EXPECT_THAT(signature.ToString(), HasSubstr("AKIA1"));
  const absl::Status expired = WriteAnswered(Error(400, "ExpiredToken"));
  EXPECT_EQ(RetryOf(expired), Retry::kHuman);
  EXPECT_THAT(expired.ToString(), HasSubstr("fetch new credentials"));
  EXPECT_THAT(WriteAnswered(Error(400, "InvalidBucketName")).ToString(), HasSubstr("names of buckets are"));
  const absl::Status key = WriteAnswered(Error(403, "AccessDenied", "not authorized to perform: kms:GenerateDataKey"));
  EXPECT_THAT(key.ToString(), HasSubstr("kms:GenerateDataKey and kms:Decrypt on the key of bucket bucket"));
  EXPECT_THAT(WriteAnswered(Error(403, "RequestTimeTooSkewed")).ToString(), HasSubstr("set this machine's clock"));
  HttpResponse elsewhere = Error(301, "PermanentRedirect");
  elsewhere.headers = {{"x-amz-bucket-region", "eu-north-1"}};
  const absl::Status region = WriteAnswered(elsewhere);
  EXPECT_THAT(region.ToString(), HasSubstr("another region, eu-north-1; name it with --s3-region"));
  EXPECT_EQ(RetryOf(region), Retry::kHuman);
  const HttpResponse malformed{.status = 400,
                               .body =
                                   "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong"
                                   "</Message><Region>eu-west-3</Region></Error>"};
  EXPECT_THAT(WriteAnswered(malformed).ToString(), HasSubstr("another region, eu-west-3; name it"));
}

// Neither may be taken for an object that is not there: it would be written again, or counted as deleted.
TEST_F(S3StoreTest, AMissingTokenOfTheAgentIsNoMissingObject) {
  const Environment environment = [](const char* name) -> std::string {
    if (std::string_view(name) == "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") return "/id";
    if (std::string_view(name) == "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") return "/nowhere/token";
    return "";
  };
  const auto store = *S3Store::New(&http_, &clock_, environment, {});
  const absl::Status stat = store->Stat("s3://bucket/a").status();
  EXPECT_EQ(RetryOf(stat), Retry::kHuman);
  EXPECT_THAT(stat.ToString(), AllOf(HasSubstr("looking at s3://bucket/a: "), HasSubstr("/nowhere/token")));
  EXPECT_EQ(RetryOf(store->Delete("s3://bucket/a")), Retry::kHuman);
  EXPECT_EQ(RetryOf(store->AbortUpload("id s3://bucket/a")), Retry::kHuman);
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(S3StoreTest, APageOfAWebServerIsNoMissingObject) {
  const absl::Status status = WriteAnswered({.status = 404, .body = "<html>nginx</html>"});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("HTTP status 404, and nothing that a store says; check the endpoint"));
  EXPECT_FALSE(Open()->Delete("s3://bucket/a").ok());
  EXPECT_FALSE(Open()->AbortUpload("id s3://bucket/a").ok());
  for (const int code : {302, 400, 404, 405}) {
    const absl::Status written = WriteAnswered({.status = code});
    EXPECT_EQ(RetryOf(written), Retry::kHuman) << code;
    EXPECT_THAT(written.ToString(), HasSubstr("check the endpoint https://s3.us-east-1.amazonaws.com")) << code;
  }
}

TEST_F(S3StoreTest, AnObjectIsAbsentOnlyInABucketThatIsThere) {
  HttpResponse listing{.status = 200, .body = "<ListBucketResult/>"};
  answer_ = [&](const HttpRequest& request) {
    return request.method == "HEAD" ? HttpResponse{.status = 404} : listing;
  };
  const auto store = Open();
  EXPECT_EQ(*store->Stat("s3://bucket/a"), std::nullopt);
  EXPECT_EQ(*store->Stat("s3://bucket/b"), std::nullopt);
  EXPECT_EQ(http_.requests().size(), 3u) << "it is asked once for each bucket";
  listing = Error(404, "NoSuchBucket");
  EXPECT_EQ(*store->Stat("s3://bucket/b"), std::nullopt);
  EXPECT_THAT(store->Stat("s3://other/b").status().ToString(), HasSubstr("there is no bucket other at https://"));
  EXPECT_EQ(RetryOf(store->Stat("s3://other/b").status()), Retry::kHuman);
  for (const HttpResponse& page : {HttpResponse{.status = 404}, HttpResponse{.status = 404, .body = "<html>"}}) {
    listing = page;
    EXPECT_THAT(store->Stat("s3://other/b").status().ToString(), HasSubstr("check the endpoint"));
  }
  listing = {.status = 200, .body = "<html/>"};
  EXPECT_THAT(store->Stat("s3://other/b").status().ToString(), HasSubstr("is the endpoint that of such a store?"));
  listing = {.status = 503};
  EXPECT_EQ(RetryOf(store->Stat("s3://other/b").status()), Retry::kCall);
  listing = {.status = 403};  // whose it is does not matter: the store knows it
  EXPECT_EQ(*store->Stat("s3://other/b"), std::nullopt);
}

TEST_F(S3StoreTest, WhatHasNoETagIsNoObject) {
  answer_ = [](const HttpRequest&) { return HttpResponse{.status = 200, .headers = {{"content-length", "7"}}}; };
  const absl::Status status = Open()->Stat("s3://bucket/a").status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("check the endpoint https://s3.us-east-1.amazonaws.com"));
}

// What a store answers that encrypts: the ETag of a part is another every time it is put.
class UploadWhosePartsWerePutAgain : public S3StoreTest {
 protected:
  UploadWhosePartsWerePutAgain() {
    answer_ = [this](const HttpRequest& request) {
      if (request.method == "HEAD") return HttpResponse{.status = 404};
      if (request.method == "POST") return CompletedBy(request);
      if (request.url.find("list-type") != request.url.npos)
        return HttpResponse{.status = 200, .body = "<ListBucketResult/>"};
      const bool first = request.url.find("part-number-marker") == request.url.npos;
      return HttpResponse{
          .status = 200,
          .body = StrCat("<ListPartsResult><Part><PartNumber>", first ? 1 : 2, "</PartNumber><ETag>&quot;now-",
                         first ? 1 : 2, "&quot;</ETag><Size>", size_, "</Size>", checksum_, "</Part><IsTruncated>",
                         first ? "true" : "false", "</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>",
                         "</ListPartsResult>")};
    };
  }
  static HttpResponse CompletedBy(const HttpRequest& request) {
    const std::string body(request.body);
    const bool known = body.find("\"now-1\"") != body.npos && body.find("\"now-2\"") != body.npos;
    if (!known) return Error(400, "InvalidPart", "One or more of the specified parts could not be found.");
    return {.status = 200, .body = "<CompleteMultipartUploadResult/>"};
  }
  absl::Status Finish() {
    const std::vector<UploadPiece> pieces = {{.number = 0, .size = 4, .crc32c = 2, .tag = "\"then-1\""},
                                             {.number = 1, .size = 4, .crc32c = 2, .tag = "\"then-2\""}};
    return Open()->FinishUpload("id s3://bucket/a", pieces);
  }

  int size_ = 4;
  std::string checksum_ = "<ChecksumCRC32C>AAAAAg==</ChecksumCRC32C>";
};

TEST_F(UploadWhosePartsWerePutAgain, IsFinishedWithTheTagsThatTheStoreTells) {
  EXPECT_EQ(Finish(), absl::OkStatus());
  EXPECT_THAT(http_.requests().at(1).url, HasSubstr("uploadId=id"));
}

TEST_F(UploadWhosePartsWerePutAgain, IsNotFinishedWithOtherBytes) {
  checksum_ = "<ChecksumCRC32C>AAAAAw==</ChecksumCRC32C>";
  EXPECT_EQ(Finish().code(), absl::StatusCode::kDataLoss);
  checksum_ = "";
  EXPECT_EQ(Finish().code(), absl::StatusCode::kDataLoss);
  checksum_ = "<ChecksumCRC32C>AAAAAg==</ChecksumCRC32C>";
  size_ = 5;
  EXPECT_EQ(Finish().code(), absl::StatusCode::kDataLoss);
}

TEST_F(S3StoreTest, WhatPasses) {
  for (const auto& [status, code] : {std::pair(503, "SlowDown"),
                                     {500, "InternalError"},
                                     {429, "TooMany"},
                                     {400, "RequestTimeout"},
                                     {400, "BadDigest"},
                                     {409, "ConditionalRequestConflict"}}) {
    EXPECT_EQ(RetryOf(WriteAnswered(Error(status, code))), Retry::kCall) << code;
  }
  EXPECT_EQ(RetryOf(WriteAnswered({.status = 502, .body = "<html>"})), Retry::kCall);
  HttpResponse later = Error(503, "SlowDown");
  later.headers = {{"retry-after", "7"}};
  EXPECT_EQ(RetryAfterOf(WriteAnswered(later)), 7'000'000);
  EXPECT_EQ(RetryOf(WriteAnswered(Error(400, "InvalidArgument"))), Retry::kNever);
}

TEST_F(S3StoreTest, AnErrorMayHideInASuccess) {
  const std::vector<UploadPiece> pieces = {{.number = 0, .size = 1, .crc32c = 2, .tag = "\"t\""}};
  answer_ = [](const HttpRequest& request) {
    HttpResponse answer = Error(200, "InternalError", "We encountered an internal error.");
    if (request.method == "HEAD") answer = {.status = 404};
    return answer;
  };
  EXPECT_EQ(RetryOf(Open()->FinishUpload("id s3://bucket/a", pieces)), Retry::kCall);
  answer_ = [](const HttpRequest&) { return HttpResponse{.status = 200, .body = "<Complete"}; };
  EXPECT_EQ(RetryOf(Open()->FinishUpload("id s3://bucket/a", pieces)), Retry::kCall);
  EXPECT_THAT(std::string(http_.requests()[0].body),
              HasSubstr("<Part><ETag>\"t\"</ETag><ChecksumCRC32C>AAAAAg==</ChecksumCRC32C><PartNumber>1</PartNumber>"));
}

TEST_F(S3StoreTest, AnErrorMayHideInACopy) {
  const ObjectInfo source{.uri = "s3://bucket/b", .size = 4, .version = "v"};
  const auto copy = [&](HttpResponse answer) {
    answer_ = [answer = std::move(answer)](const HttpRequest&) { return answer; };
    return Open()->CopyPiece("id s3://bucket/a", 0, source, {0, 4}).status();
  };
  EXPECT_EQ(RetryOf(copy(Error(200, "SlowDown"))), Retry::kCall);
  EXPECT_EQ(RetryOf(copy({.status = 200, .body = "<CopyPart"})), Retry::kCall);
  EXPECT_EQ(RetryOf(copy({.status = 200})), Retry::kCall);
  EXPECT_EQ(copy(Error(200, "PreconditionFailed")).code(), absl::StatusCode::kAborted);
}

TEST_F(S3StoreTest, AStoreMayBeSilentWhileItCopies) {
  answer_ = [](const HttpRequest&) { return Error(500, "InternalError"); };
  const ObjectInfo source{.uri = "s3://bucket/b", .size = uint64_t{5} << 30, .version = "v"};
  (void)Open()->CopyPiece("id s3://bucket/a", 0, source, {0, 500'000'000});
  EXPECT_EQ(http_.requests().back().stall_timeout, 130'000'000);
}

TEST_F(S3StoreTest, WhatAStoreCannotDoIsNotTriedAgain) {
  for (const HttpResponse& answer : {Error(501, "NotImplemented"), HttpResponse{.status = 501}}) {
    EXPECT_EQ(WriteAnswered(answer).code(), absl::StatusCode::kUnimplemented);
    EXPECT_EQ(RetryOf(WriteAnswered(answer)), Retry::kNever);
  }
}

TEST_F(S3StoreTest, WhatAStoreCannotCopyTravelsThroughHere) {
  for (const HttpResponse& refusal : {Error(501, "NotImplemented"), Error(400, "InvalidArgument")}) {
    answer_ = [&refusal](const HttpRequest& request) {
      if (!HeaderOf(request.headers, "x-amz-copy-source").empty()) return refusal;
      if (request.method == "PUT") return HttpResponse{.status = 200, .headers = {{"etag", "tag"}}};
      return HttpResponse{.status = 206, .headers = {{"content-range", "bytes 0-3/4"}, {"etag", "v"}}, .body = "0123"};
    };
    const auto piece =
        Open()->CopyPiece("id s3://bucket/a", 0, {.uri = "s3://bucket/b", .size = 4, .version = "v"}, {0, 4});
    ASSERT_TRUE(piece.ok()) << piece.status();
    EXPECT_EQ(piece->tag, "tag");
    EXPECT_EQ(std::string(http_.requests().back().body), "0123");
  }
}

TEST_F(S3StoreTest, OddAnswersAreDamage) {
  answer_ = [](const HttpRequest&) { return HttpResponse{.status = 200, .body = "<Other/>"}; };
  EXPECT_EQ(Open()->List("s3://bucket/a").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Open()->BeginUpload("s3://bucket/a").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Open()->Read("s3://bucket/a").status().code(), absl::StatusCode::kDataLoss);  // no range
}

TEST_F(S3StoreTest, AReadThatIsCutReturnsWhatCame) {
  int reads = 0;
  answer_ = [&reads](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
    if (++reads == 1) {
      return HttpResponse{.status = 206, .headers = {{"content-range", "bytes 0-3/10"}, {"etag", "v"}}, .body = "0123"};
    }
    request.sink({.status = 206, .headers = {{"content-range", "bytes 4-9/10"}, {"etag", "v"}}}, "45");
    return WithRetry(absl::UnavailableError("cut"), Retry::kCall);
  };
  const auto store = Open();
  const auto reader = store->Read("s3://bucket/a", {0, 4});
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::string out(10, '\0');
  EXPECT_EQ(*(*reader)->ReadAt(0, out.data(), 10), 6u);
  EXPECT_EQ(out.substr(0, 6), "012345");
  EXPECT_EQ(HeaderOf(http_.requests().back().headers, "If-Match"), "v");
  EXPECT_EQ(HeaderOf(http_.requests().back().headers, "Range"), "bytes=4-9");
}

TEST_F(S3StoreTest, AListingThatGoesOnNowhereIsDamage) {
  std::string page;
  answer_ = [&page](const HttpRequest&) { return HttpResponse{.status = 200, .body = page}; };
  const auto store = Open();
  const std::string object = "<Contents><Key>a/b</Key><Size>1</Size></Contents>";
  for (const char* next : {"", "<NextContinuationToken>t</NextContinuationToken>"}) {
    page = StrCat("<ListBucketResult><IsTruncated>true</IsTruncated>", object, next, "</ListBucketResult>");
    EXPECT_EQ(store->List("s3://bucket/a").status().code(), absl::StatusCode::kDataLoss) << next;
  }
  for (const char* next : {"", "<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>"}) {
    page = StrCat("<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>", next, "</ListMultipartUploadsResult>");
    EXPECT_EQ(store->ListUploads("s3://bucket/a").status().code(), absl::StatusCode::kDataLoss) << next;
  }
  EXPECT_EQ(http_.requests().size(), 6u);
}

TEST_F(S3StoreTest, AListingGoesOnToItsEnd) {
  answer_ = [](const HttpRequest& request) {
    const bool first = request.url.find("id-marker=1") == request.url.npos;
    return HttpResponse{.status = 200,
                        .body = StrCat("<ListMultipartUploadsResult><IsTruncated>", first ? "true" : "false",
                                       "</IsTruncated><Upload><Key>a/k</Key><UploadId>", first ? "1" : "2",
                                       "</UploadId></Upload><NextKeyMarker>a/k</NextKeyMarker><NextUploadIdMarker>1"
                                       "</NextUploadIdMarker></ListMultipartUploadsResult>")};
  };
  EXPECT_EQ(Open()->ListUploads("s3://bucket/a")->size(), 2u);
}

TEST_F(S3StoreTest, AnUploadWhoseKeyCannotBeReadIsDamage) {
  answer_ = [](const HttpRequest&) {
    return HttpResponse{.status = 200,
                        .body =
                            "<ListMultipartUploadsResult><EncodingType>url</EncodingType><Upload><Key>a/%x</Key>"
                            "<UploadId>1</UploadId></Upload></ListMultipartUploadsResult>"};
  };
  EXPECT_EQ(Open()->ListUploads("s3://bucket/a").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(S3StoreTest, AnObjectWhoseSizeIsNotToldIsNotTakenForAnEmptyOne) {
  for (const char* size : {"", "<Size/>", "<Size>1x</Size>", "<Size>-1</Size>"}) {
    answer_ = [size](const HttpRequest&) {
      return HttpResponse{
          .status = 200,
          .body = StrCat("<ListBucketResult><Contents><Key>a/b</Key>", size, "</Contents></ListBucketResult>")};
    };
    EXPECT_EQ(Open()->List("s3://bucket/a").status().code(), absl::StatusCode::kDataLoss) << size;
  }
  answer_ = [](const HttpRequest& request) {
    return request.method == "GET" ? HttpResponse{.status = 416}
                                   : HttpResponse{.status = 200, .headers = {{"etag", "v"}}};
  };
  EXPECT_EQ(Open()->Stat("s3://bucket/a").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Open()->Read("s3://bucket/a").status().code(), absl::StatusCode::kDataLoss);
}

// Bytes that are cut must be the right ones, too: what came of them would be kept.
TEST_F(S3StoreTest, AReadTakesNoByteOfAnotherRangeOrVersion) {
  const HttpResponse good{.status = 206, .headers = {{"content-range", "bytes 4-9/10"}, {"etag", "v"}}};
  const HttpResponse whole{.status = 200, .headers = {{"etag", "v"}}};
  const HttpResponse elsewhere{.status = 206, .headers = {{"content-range", "bytes 0-9/10"}, {"etag", "v"}}};
  const HttpResponse longer{.status = 206, .headers = {{"content-range", "bytes 4-9/11"}, {"etag", "v"}}};
  const HttpResponse newer{.status = 206, .headers = {{"content-range", "bytes 4-9/10"}, {"etag", "w"}}};
  HttpResponse head = good;
  bool cut = true;
  answer_ = [&](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
    if (HeaderOf(request.headers, "Range") == "bytes=0-3") {
      return HttpResponse{.status = 206, .headers = {{"content-range", "bytes 0-3/10"}, {"etag", "v"}}, .body = "0123"};
    }
    if (!request.sink(head, cut ? "45" : "456789") || !cut) return head;
    return WithRetry(absl::UnavailableError("cut"), Retry::kCall);
  };
  const auto store = Open();
  const auto reader = store->Read("s3://bucket/a", {0, 4});
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::string out(6, '\0');
  EXPECT_EQ(*(*reader)->ReadAt(4, out.data(), 6), 2u);
  for (const HttpResponse& wrong : {whole, elsewhere, longer, newer}) {
    for (const bool cuts : {true, false}) {
      head = wrong;
      cut = cuts;
      out.assign(6, '-');
      EXPECT_EQ((*reader)->ReadAt(4, out.data(), 6).status().code(), absl::StatusCode::kDataLoss);
      EXPECT_EQ(out, "------");
    }
  }
}

TEST_F(S3StoreTest, AnObjectWithoutAVersionIsNotRead) {
  answer_ = [](const HttpRequest&) {
    return HttpResponse{
        .status = 206, .headers = {{"content-range", "bytes 0-3/10"}, {"content-length", "4"}}, .body = "0123"};
  };
  EXPECT_THAT(Open()->Read("s3://bucket/a", {0, 4}).status().ToString(), HasSubstr("the store does not tell it"));
  answer_ = [](const HttpRequest& request) {
    return request.method == "GET" ? HttpResponse{.status = 416}
                                   : HttpResponse{.status = 200, .headers = {{"content-length", "0"}}};
  };
  EXPECT_THAT(Open()->Read("s3://bucket/a").status().ToString(), HasSubstr("the store does not tell it"));
}

}  // namespace
}  // namespace datahaul

#include "objects/gcs/gcs_store.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"
#include "retry/retry_after.h"
#include "testing/fake_http.h"
#include "testing/sim_clock.h"
#include "testing/temp_folder.h"

namespace datahaul {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "t0ken-and-secret";

class GcsStoreTest : public testing::Test {
 protected:
  GcsStoreTest() {
    folder_.Write("key.json", R"({"type":"authorized_user","account":"ann@x"})");
    variables_["GOOGLE_APPLICATION_CREDENTIALS"] = folder_ / "key.json";
  }

  std::unique_ptr<ObjectStore> Open(const GcsOptions& options = {}) {
    auto store = GcsStore::New(&http_, &clock_, [this](const char* name) { return variables_[name]; }, options);
    if (!store.ok()) ADD_FAILURE() << store.status();
    return *std::move(store);
  }
  static HttpResponse Error(int status, const std::string& reason, const std::string& message) {
    return {.status = status,
            .body = StrCat(R"({"error":{"code":)", status, R"(,"message":")", message, R"(","errors":[{"reason":")",
                           reason, R"(","domain":"global"}]}})")};
  }
  static std::string Object(const std::string& name, const std::string& bytes, const std::string& generation = "7") {
    return StrCat(R"({"name":")", name, R"(","size":")", bytes.size(), R"(","generation":")", generation,
                  R"(","timeCreated":"2026-11-21T00:00:01.5Z"})");
  }
  static HttpResponse Json(std::string body) { return {.status = 200, .body = std::move(body)}; }
  absl::Status WriteAnswered(HttpResponse answer, const Precondition& when = {}) {
    answer_ = [answer = std::move(answer)](const HttpRequest&) { return answer; };
    absl::Status status = Open()->Write("gs://bucket/a b", "bytes", when);
    EXPECT_THAT(status.ToString(), Not(HasSubstr(kToken)));
    return status;
  }
  // Those to the store.
  std::vector<HttpRequest> Requests() {
    std::vector<HttpRequest> requests;
    for (const HttpRequest& request : http_.requests()) {
      if (request.url.find("oauth2") == request.url.npos) requests.push_back(request);
    }
    return requests;
  }

  TempFolder folder_;
  std::map<std::string, std::string> variables_;
  SimClock clock_{1'700'000'000'000'000};
  int tokens_ = 0;
  std::function<absl::StatusOr<HttpResponse>(const HttpRequest&)> answer_ = [](const HttpRequest&) {
    return Json(Object("a", "x"));
  };
  FakeHttp http_{[this](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
    if (request.url.find("oauth2") == request.url.npos) return answer_(request);
    ++tokens_;
    return Json(StrCat(R"({"access_token":")", kToken, R"(","expires_in":3600})"));
  }};
};

TEST_F(GcsStoreTest, EndpointsAndWhoIsToldWhoAsks) {
  EXPECT_TRUE(Open()->Write("gs://bucket/a/b c", "x").ok());
  EXPECT_THAT(Requests()[0].url, HasSubstr("https://storage.googleapis.com/upload/storage/v1/b/bucket/o?fields="));
  EXPECT_THAT(Requests()[0].url, AllOf(HasSubstr("&name=a%2Fb%20c&"), EndsWith("uploadType=multipart")));
  EXPECT_EQ(HeaderOf(Requests()[0].headers, "Authorization"), StrCat("Bearer ", kToken));
  EXPECT_TRUE(Open({.endpoint = "https://private.example/"})->Write("gs://bucket/a", "x").ok());
  EXPECT_EQ(HeaderOf(Requests()[1].headers, "Authorization"), StrCat("Bearer ", kToken));
  // A token without TLS would be anybody's.
  EXPECT_TRUE(Open({.endpoint = "http://private.example"})->Write("gs://bucket/a", "x").ok());
  variables_["STORAGE_EMULATOR_HOST"] = "127.0.0.1:9023";
  EXPECT_TRUE(Open()->Write("gs://bucket/a", "x").ok());
  EXPECT_THAT(Requests()[3].url, HasSubstr("http://127.0.0.1:9023/upload/"));
  variables_["STORAGE_EMULATOR_HOST"] = "https://localhost:9023";
  EXPECT_TRUE(Open()->Write("gs://bucket/a", "x").ok());
  for (size_t i = 2; i < 5; ++i) EXPECT_EQ(HeaderOf(Requests()[i].headers, "Authorization"), "") << i;
  EXPECT_EQ(tokens_, 2);
}

TEST_F(GcsStoreTest, RefusesEndpointsAndAddressesThatAreNone) {
  for (const char* endpoint :
       {"127.0.0.1:9000", "https://", "https://user:pw@host", "https://host/path", "ftp://host"}) {
    const auto store = GcsStore::New(&http_, &clock_, [](const char*) { return ""; }, {.endpoint = endpoint});
    EXPECT_EQ(RetryOf(store.status()), Retry::kUsage) << endpoint;
    EXPECT_THAT(store.status().ToString(), Not(HasSubstr("pw")));
  }
  const auto store = Open();
  for (const char* uri : {"gs://", "gs:///key", "gs://bu cket/key", "s3://bucket/key", "gs://bucket", "gs://b@ucket/k",
                          "gs://bucket/.datahaul-uploads/x"}) {
    EXPECT_EQ(RetryOf(store->Write(uri, "x")), Retry::kUsage) << uri;
  }
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(GcsStoreTest, SendsTheChecksumBesideTheBytes) {
  answer_ = [](const HttpRequest&) { return Json(Object("a", "123456789")); };
  EXPECT_TRUE(Open()->Write("gs://bucket/a", "123456789").ok());
  const HttpRequest sent = Requests().at(0);
  const std::string kind(HeaderOf(sent.headers, "Content-Type")), boundary = kind.substr(kind.find('=') + 1);
  EXPECT_EQ(
      std::string(sent.body),
      StrCat("--", boundary, "\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{\"crc32c\":\"4waSgw==\"}\r\n--",
             boundary, "\r\nContent-Type: application/octet-stream\r\n\r\n123456789\r\n--", boundary, "--\r\n"));
  EXPECT_TRUE(Open()->Write("gs://bucket/a", "123456789").ok());
  EXPECT_NE(HeaderOf(Requests()[1].headers, "Content-Type"), kind);
}

TEST_F(GcsStoreTest, WhatIsStoredOtherwiseIsDamage) {
  EXPECT_EQ(WriteAnswered(Json(Object("a b", "bytes, and more"))).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(WriteAnswered(Json(R"({"name":"a b","size":"5","generation":"1","crc32c":"AAAAAA=="})")).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(WriteAnswered(Json("<html>")).code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(WriteAnswered(Json(Object("a b", "bytes"))).ok());
}

TEST_F(GcsStoreTest, PreconditionsAreGenerations) {
  EXPECT_TRUE(WriteAnswered(Json(Object("a b", "bytes"))).ok());
  EXPECT_THAT(Requests().back().url, Not(HasSubstr("ifGenerationMatch")));
  EXPECT_FALSE(Requests().back().once);
  EXPECT_TRUE(WriteAnswered(Json(Object("a b", "bytes")), Precondition::Absent()).ok());
  EXPECT_THAT(Requests().back().url, HasSubstr("ifGenerationMatch=0&"));
  EXPECT_TRUE(Requests().back().once);
  EXPECT_TRUE(WriteAnswered(Json(Object("a b", "bytes")), Precondition::Is("42")).ok());
  EXPECT_THAT(Requests().back().url, HasSubstr("ifGenerationMatch=42&"));
  const HttpResponse refused = Error(412, "conditionNotMet", "At least one of the pre-conditions did not hold.");
  EXPECT_EQ(WriteAnswered(refused, Precondition::Absent()).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(WriteAnswered(refused, Precondition::Is("42")).code(), absl::StatusCode::kAborted);
}

// The emulators delete whatever is there.
TEST_F(GcsStoreTest, ADeletionMayBeOfOneGeneration) {
  answer_ = [](const HttpRequest&) { return HttpResponse{.status = 204}; };
  EXPECT_TRUE(Open()->Delete("gs://bucket/a").ok());
  EXPECT_THAT(Requests().back().url, Not(HasSubstr("ifGenerationMatch")));
  EXPECT_TRUE(Open()->Delete("gs://bucket/a", Precondition::Is("42")).ok());
  EXPECT_THAT(Requests().back().url, HasSubstr("ifGenerationMatch=42"));
  answer_ = [](const HttpRequest&) { return Error(412, "conditionNotMet", ""); };
  EXPECT_EQ(Open()->Delete("gs://bucket/a", Precondition::Is("42")).code(), absl::StatusCode::kAborted);
}

TEST_F(GcsStoreTest, PermissionErrorsNamePrincipalBucketAndGrant) {
  const absl::Status status =
      WriteAnswered(Error(403, "forbidden", "ann@x does not have storage.objects.create access"));
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(),
              AllOf(HasSubstr("writing gs://bucket/a b: HTTP status 403 (ann@x does not have storage.objects.create"),
                    HasSubstr("; grant ann@x (from "), HasSubstr("roles/storage.objectAdmin on bucket bucket")));
  EXPECT_THAT(Open()->Stat("gs://bucket/a").status().ToString(), HasSubstr("roles/storage.objectViewer on bucket"));
  EXPECT_THAT(Open()->List("gs://bucket/a").status().ToString(), HasSubstr("roles/storage.objectViewer on bucket"));
  // Where bytes were asked for, the reason is a line of text.
  answer_ = [](const HttpRequest&) {
    return HttpResponse{.status = 403, .body = "ann@x does not have storage.objects.get access."};
  };
  EXPECT_THAT(Open()->Read("gs://bucket/a").status().ToString(), HasSubstr("(ann@x does not have storage.objects.get"));
}

TEST_F(GcsStoreTest, WhatAPersonMustMend) {
  const HttpResponse no_bucket = Error(404, "notFound", "The specified bucket does not exist.");
  for (const absl::Status& status : {WriteAnswered(no_bucket), Open()->List("gs://bucket/a").status(),
                                     Open()->Stat("gs://bucket/a").status(), Open()->Delete("gs://bucket/a")}) {
    EXPECT_THAT(status.ToString(), HasSubstr("no bucket bucket at https://storage.googleapis.com; create it"));
    EXPECT_EQ(RetryOf(status), Retry::kHuman);
  }
  const absl::Status web = WriteAnswered({.status = 404, .body = "<html>nginx</html>"});
  EXPECT_THAT(web.ToString(), HasSubstr("nothing that a store says; check the endpoint"));
  EXPECT_EQ(RetryOf(Open()->Delete("gs://bucket/a")), Retry::kHuman);
  EXPECT_EQ(RetryOf(Open()->Stat("gs://bucket/a").status()), Retry::kHuman);
}

TEST_F(GcsStoreTest, WhatIsAbsent) {
  for (const HttpResponse& absent : {Error(404, "notFound", "No such object: bucket/a"), HttpResponse{.status = 404},
                                     HttpResponse{.status = 404, .body = "No such object: bucket/a"}}) {
    answer_ = [&absent](const HttpRequest& request) {
      return request.url.find("maxResults=1") == request.url.npos ? absent : Json("{}");
    };
    EXPECT_EQ(*Open()->Stat("gs://bucket/a"), std::nullopt);
    EXPECT_TRUE(Open()->Delete("gs://bucket/a").ok());
    EXPECT_EQ(Open()->Read("gs://bucket/a").status().code(), absl::StatusCode::kNotFound);
  }
}

TEST_F(GcsStoreTest, AnObjectIsAbsentOnlyInABucketThatIsThere) {
  HttpResponse listing = Json("{}");
  answer_ = [&listing](const HttpRequest& request) {
    return request.url.find("maxResults=1") == request.url.npos ? HttpResponse{.status = 404} : listing;
  };
  const auto store = Open({.endpoint = "https://private.example"});
  EXPECT_EQ(*store->Stat("gs://bucket/a"), std::nullopt);
  EXPECT_EQ(*store->Stat("gs://bucket/b"), std::nullopt);
  EXPECT_EQ(Requests().size(), 3u) << "it is asked once for each bucket";
  for (const HttpResponse& page :
       {HttpResponse{.status = 404}, HttpResponse{.status = 404, .body = "<html>"},
        HttpResponse{.status = 405, .body = "no"}, HttpResponse{.status = 302, .body = "x"}}) {
    listing = page;
    const absl::Status status = store->Stat("gs://other/b").status();
    EXPECT_EQ(RetryOf(status), Retry::kHuman);
    EXPECT_THAT(status.ToString(), AllOf(HasSubstr("endpoint"), HasSubstr("https://private.example")));
  }
  listing = Json("<html>");
  EXPECT_THAT(store->Stat("gs://other/b").status().ToString(), HasSubstr("is the endpoint that of such a store?"));
  listing = Error(403, "forbidden", "no");
  EXPECT_EQ(*store->Stat("gs://other/b"), std::nullopt);
}

TEST_F(GcsStoreTest, MissingCredentialsAreNoMissingObject) {
  variables_["GOOGLE_APPLICATION_CREDENTIALS"] = "/nowhere/key.json";
  const absl::Status stat = Open()->Stat("gs://bucket/a").status();
  EXPECT_EQ(RetryOf(stat), Retry::kHuman);
  EXPECT_THAT(stat.ToString(), AllOf(HasSubstr("looking at gs://bucket/a: "), HasSubstr("/nowhere/key.json")));
  EXPECT_EQ(RetryOf(Open()->Delete("gs://bucket/a")), Retry::kHuman);
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(GcsStoreTest, ATokenThatExpiredEarlyIsFetchedAgain) {
  answer_ = [](const HttpRequest&) { return Error(401, "authError", "Invalid Credentials"); };
  const auto store = Open();
  const absl::Status fresh = store->Write("gs://bucket/a", "x");
  EXPECT_EQ(fresh.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(RetryOf(fresh), Retry::kHuman);
  EXPECT_THAT(fresh.ToString(), AllOf(HasSubstr("does not accept ann@x"), Not(HasSubstr(kToken))));
  (void)store->Write("gs://bucket/a", "x");
  clock_.Sleep(120'000'000);
  EXPECT_EQ(RetryOf(Open()->Write("gs://bucket/a", "x")), Retry::kHuman);
  answer_ = [](const HttpRequest&) { return Json(Object("a", "x")); };
  EXPECT_TRUE(store->Write("gs://bucket/a", "x").ok());
  clock_.Sleep(120'000'000);
  answer_ = [](const HttpRequest&) { return Error(401, "authError", "Invalid Credentials"); };
  EXPECT_EQ(RetryOf(store->Write("gs://bucket/a", "x")), Retry::kCall);
}

TEST_F(GcsStoreTest, WhatPasses) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(RetryOf(WriteAnswered(Error(status, "backendError", "Backend Error"))), Retry::kCall) << status;
    EXPECT_EQ(RetryOf(WriteAnswered({.status = status, .body = "<html>"})), Retry::kCall) << status;
  }
  EXPECT_EQ(RetryOf(WriteAnswered(Error(403, "rateLimitExceeded", "slow down"))), Retry::kCall);
  EXPECT_EQ(RetryOf(WriteAnswered(Error(400, "invalid", "Provided CRC32C \\\"x\\\" doesn't match"))), Retry::kCall);
  EXPECT_EQ(RetryOf(WriteAnswered(Error(400, "invalid", "Bad"))), Retry::kNever);
  EXPECT_EQ(WriteAnswered({.status = 501}).code(), absl::StatusCode::kUnimplemented);
  HttpResponse later = Error(503, "backendError", "");
  later.headers = {{"retry-after", "7"}};
  EXPECT_EQ(RetryAfterOf(WriteAnswered(later)), 7'000'000);
}

TEST_F(GcsStoreTest, AListingGoesOnToItsEndAndHidesUploads) {
  answer_ = [](const HttpRequest& request) {
    if (request.url.find("pageToken=n1") == request.url.npos) {
      return Json(StrCat(R"({"nextPageToken":"n1","items":[)", Object(".datahaul-uploads/a/1/begun", ""), ",",
                         Object("b", "xyz", "8"), "]}"));
    }
    return Json(StrCat(R"({"items":[)", Object("c/", ""), ",", Object("c/d", ""), "]}"));
  };
  const auto objects = Open({.page = 2})->List("gs://bucket");
  ASSERT_TRUE(objects.ok()) << objects.status();
  ASSERT_EQ(objects->size(), 2u);
  EXPECT_EQ(objects->at(0).name, "b");
  EXPECT_EQ(objects->at(0).size, 3u);
  EXPECT_EQ(objects->at(0).version, "8");
  EXPECT_EQ(objects->at(1).uri, "gs://bucket/c/d");
  EXPECT_THAT(Requests()[0].url, HasSubstr("maxResults=2"));
}

TEST_F(GcsStoreTest, OddListingsAreDamage) {
  for (const std::string& page :
       {std::string("<html>"), std::string("[]"), std::string(R"({"items":7})"), std::string(R"({"items":[{}]})"),
        std::string(R"({"nextPageToken":"again"})"), std::string(R"({"items":[{"name":"a/b","generation":"1"}]})"),
        StrCat(R"({"items":[)", Object("elsewhere", ""), "]}")}) {
    answer_ = [&page](const HttpRequest&) { return Json(page); };
    EXPECT_EQ(Open()->List("gs://bucket/a").status().code(), absl::StatusCode::kDataLoss) << page;
  }
}

TEST_F(GcsStoreTest, AReadPinsTheGenerationAndGoesOnWhereItWasCut) {
  int reads = 0;
  answer_ = [&reads](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
    const auto head = [](const char* range) {
      return HttpResponse{.status = 206, .headers = {{"content-range", range}, {"x-goog-generation", "7"}}};
    };
    if (++reads == 1) {
      HttpResponse first = head("bytes 0-3/10");
      first.body = "0123";
      return first;
    }
    request.sink(head("bytes 4-9/10"), "45");
    return WithRetry(absl::UnavailableError("cut"), Retry::kCall);
  };
  const auto store = Open();
  const auto reader = store->Read("gs://bucket/a", {0, 4});
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->version(), "7");
  std::string out(10, '\0');
  EXPECT_EQ(*(*reader)->ReadAt(0, out.data(), 10), 6u);
  EXPECT_EQ(out.substr(0, 6), "012345");
  EXPECT_THAT(Requests()[0].url, EndsWith("/download/storage/v1/b/bucket/o/a?alt=media"));
  EXPECT_THAT(Requests()[1].url, EndsWith("?alt=media&generation=7"));
  EXPECT_EQ(HeaderOf(Requests()[1].headers, "Range"), "bytes=4-9");
  EXPECT_EQ(HeaderOf(Requests()[1].headers, "Accept-Encoding"), "gzip");  // as it is stored
}

TEST_F(GcsStoreTest, AnObjectThatIsReplacedWhileItIsReadIsAnError) {
  answer_ = [](const HttpRequest& request) {
    if (request.url.find("generation=") != request.url.npos) {
      return HttpResponse{.status = 404, .body = "No such object: bucket/a"};
    }
    return HttpResponse{
        .status = 206, .headers = {{"content-range", "bytes 0-3/10"}, {"x-goog-generation", "7"}}, .body = "0123"};
  };
  const auto store = Open();
  const auto reader = store->Read("gs://bucket/a", {0, 4});
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::string out(4, '\0');
  const absl::Status status = (*reader)->ReadAt(4, out.data(), 4).status();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("reading gs://bucket/a at byte 4: it changed while being read"));
  EXPECT_EQ(store->CopyPiece("id gs://bucket/b", 0, {.uri = "gs://bucket/a", .size = 9, .version = "7"}, {2, 4})
                .status()
                .code(),
            absl::StatusCode::kAborted);
}

TEST_F(GcsStoreTest, BytesOfAnUntoldGenerationAreAskedForAgain) {
  answer_ = [](const HttpRequest& request) {
    if (request.url.find("/download/") == request.url.npos) return Json(Object("a", "0123456789", "9"));
    const bool pinned = request.url.find("generation=9") != request.url.npos;
    return HttpResponse{
        .status = 206, .headers = {{"content-range", "bytes 0-3/10"}}, .body = pinned ? "0123" : "olds"};
  };
  const auto store = Open();
  const auto reader = store->Read("gs://bucket/a", {0, 4});
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->size(), 10u);
  std::string out(4, '\0');
  EXPECT_EQ(*(*reader)->ReadAt(0, out.data(), 4), 4u);
  EXPECT_EQ(out, "0123");
}

TEST_F(GcsStoreTest, ACopyOfALargeObjectGoesOnUntilItIsDone) {
  answer_ = [](const HttpRequest& request) {
    if (request.url.find("/rewriteTo/") == request.url.npos) return Json(Object("mark", ""));
    if (request.url.find("rewriteToken=r1") == request.url.npos) {
      return Json(R"({"done":false,"rewriteToken":"r1"})");
    }
    return Json(R"({"done":true,"resource":{"name":"p","size":"5","generation":"3","crc32c":"4waSgw=="}})");
  };
  const ObjectInfo source{.uri = "gs://bucket/a b", .size = 5, .version = "7"};
  const auto piece = Open()->CopyPiece("id gs://bucket/t", 2, source, {0, 5});
  ASSERT_TRUE(piece.ok()) << piece.status();
  EXPECT_EQ(piece->crc32c, 0xe3069283);
  EXPECT_EQ(piece->size, 5u);
  EXPECT_EQ(piece->tag, "p/3");
  EXPECT_THAT(Requests()[0].url,
              AllOf(HasSubstr("/b/bucket/o/a%20b/rewriteTo/b/bucket/o/.datahaul-uploads%2Ft%2Fid%2Fpiece-2-"),
                    EndsWith("?sourceGeneration=7")));
}

TEST_F(GcsStoreTest, KeysOfUploadsLeaveRoomForThoseOfPieces) {
  const std::string bucket = "gs://bucket/", longest(900, 'k');
  answer_ = [](const HttpRequest&) { return Json(Object("mark", "")); };
  EXPECT_TRUE(Open()->BeginUpload(bucket + longest).ok());
  EXPECT_EQ(RetryOf(Open()->BeginUpload(bucket + longest + "k").status()), Retry::kUsage);
}

// A piece that comes after its upload was aborted takes itself away.
TEST_F(GcsStoreTest, APieceOfAnUploadThatHasEndedIsRemoved) {
  answer_ = [](const HttpRequest& request) {
    if (request.method == "POST") return Json(Object("put", "x"));
    return request.method == "DELETE" ? HttpResponse{.status = 204} : Error(404, "notFound", "No such object");
  };
  const absl::Status status = Open()->PutPiece("id gs://bucket/t", 0, "x").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RetryOf(status), Retry::kNever);
  EXPECT_EQ(Requests().back().method, "DELETE");
  EXPECT_THAT(Requests().back().url, EndsWith("/o/put"));
}

TEST_F(GcsStoreTest, UploadsAreFoundByTheirTemporaryObjects) {
  answer_ = [](const HttpRequest&) {
    return Json(StrCat(R"({"items":[)", Object(".datahaul-uploads/a/b/id1/begun", ""), ",",
                       Object(".datahaul-uploads/a/b/id1/piece-0-x", "xyz"), ",",
                       Object(".datahaul-uploads/a/id2/piece-0-x", "xyz"), ",",
                       Object(".datahaul-uploads/ab/id3/begun", ""), ",", Object(".datahaul-uploads/a", ""), "]}"));
  };
  const auto uploads = Open()->ListUploads("gs://bucket/a");
  ASSERT_TRUE(uploads.ok()) << uploads.status();
  ASSERT_EQ(uploads->size(), 2u);
  EXPECT_EQ(uploads->at(0).upload, "id2 gs://bucket/a");
  EXPECT_EQ(uploads->at(1).upload, "id1 gs://bucket/a/b");
  EXPECT_EQ(uploads->at(1).uri, "gs://bucket/a/b");
  EXPECT_EQ(uploads->at(1).begun_at, 1'795'219'201'500'000);
  EXPECT_THAT(Requests()[0].url, HasSubstr("prefix=.datahaul-uploads%2Fa"));
}

// What emulators don't do: just these generations, and only if the precondition holds.
TEST_F(GcsStoreTest, JoiningNamesGenerationsAndThePrecondition) {
  const UploadPiece piece{.number = 0, .size = 1, .crc32c = Crc32c("x"), .tag = "piece-0-n/7"};
  const std::string found = Object(".datahaul-uploads/t/id/piece-0-n", "x");
  HttpResponse composed = Json(Object("t", "x"));
  answer_ = [&](const HttpRequest& request) {
    if (request.url.find("/compose") != request.url.npos) return composed;
    if (request.url.find("prefix=") != request.url.npos) return Json(StrCat(R"({"items":[)", found, "]}"));
    return Json(Object("t", "something else"));
  };
  const auto finish = [&](const Precondition& when) {
    return Open()->FinishUpload("id gs://bucket/t", std::vector{piece}, when);
  };
  const auto sent = [this] {
    for (const HttpRequest& request : Requests()) {
      if (request.url.find("/compose") != request.url.npos) return request;
    }
    return HttpRequest();
  };
  EXPECT_TRUE(finish(Precondition::Absent()).ok());
  EXPECT_THAT(sent().url, AllOf(HasSubstr("/b/bucket/o/t/compose?"), HasSubstr("ifGenerationMatch=0")));
  EXPECT_TRUE(sent().once);
  EXPECT_EQ(std::string(sent().body),
            R"({"sourceObjects":[{"name":".datahaul-uploads/t/id/piece-0-n","generation":"7"}],)"
            R"("destination":{"contentType":"application/octet-stream"}})");
  composed = Error(412, "conditionNotMet", "");
  EXPECT_EQ(finish(Precondition::Absent()).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(finish(Precondition::Is("5")).code(), absl::StatusCode::kAborted);
  composed = Json(Object("t", "too much"));
  EXPECT_EQ(finish({}).code(), absl::StatusCode::kDataLoss);
}

TEST_F(GcsStoreTest, NeitherJoinsNorForgivesOtherPieces) {
  answer_ = [](const HttpRequest& request) {
    if (request.url.find("prefix=") != request.url.npos) {
      return Json(StrCat(R"({"items":[)", Object(".datahaul-uploads/t/id/piece-0-n", "x", "8"), "]}"));
    }
    return Json(Object("t", "something else"));
  };
  const UploadPiece older{.number = 0, .size = 1, .crc32c = Crc32c("x"), .tag = "piece-0-n/7"};
  const absl::Status status = Open()->FinishUpload("id gs://bucket/t", std::vector{older});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RetryOf(status), Retry::kNever);
  EXPECT_EQ(Open()->FinishUpload("id gs://bucket/t", std::vector{older, older}).code(), absl::StatusCode::kInternal);
  for (const char* upload : {"", "id", " gs://bucket/t", "i/d gs://bucket/t", "id gs://bucket"}) {
    EXPECT_FALSE(Open()->AbortUpload(upload).ok()) << upload;
  }
}

}  // namespace
}  // namespace datahaul

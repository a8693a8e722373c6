#include "http/curl_transport.h"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/stop.h"
#include "base/text.h"
#include "retry/unreached.h"
#include "testing/http_server.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::unique_ptr<HttpTransport> NewTransport() {
  auto transport = CurlTransport::New();
  if (!transport.ok()) ADD_FAILURE() << transport.status();
  return *std::move(transport);
}

TEST(CurlTransport, SendsWhatItIsGivenAndReturnsWhatItGets) {
  HttpServer server([](const auto&) { return HttpServer::Answer(404, "not here", {{"X-Why", " gone "}}); });
  const auto transport = NewTransport();
  const auto response = transport->Send({.method = "PUT",
                                         .url = server.url() + "/a%2Fb/../c?x=%20",
                                         .headers = {{"X-One", "1"}, {"X-Empty", ""}},
                                         .body = std::string_view("by\0es", 5)});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "not here");
  EXPECT_EQ(HeaderOf(response->headers, "x-why"), "gone");
  EXPECT_EQ(HeaderOf(response->headers, "x-none"), "");
  const HttpServer::Request request = server.requests().at(0);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/a%2Fb/../c?x=%20");
  EXPECT_EQ(request.body, std::string("by\0es", 5));
  EXPECT_EQ(HeaderOf(request.headers, "x-one"), "1");
  EXPECT_EQ(HeaderOf(request.headers, "content-length"), "5");
  EXPECT_EQ(HeaderOf(request.headers, "expect"), "");
  int empty = 0;
  for (const auto& [name, value] : request.headers) empty += name == "x-empty" && value.empty();
  EXPECT_EQ(empty, 1);
}

TEST(CurlTransport, GivesUpARequestOnceItsThreadIsToStop) {
  std::stop_source stop;
  HttpServer server([&stop](const auto&) {
    stop.request_stop();
    return HttpServer::Answer(200, std::string(1 << 20, 'x'));
  });
  server.Drip();  // hours
  const auto transport = NewTransport();
  const StopScope scope(stop.get_token());
  const absl::Status status = transport->Send({.url = server.url() + "/x"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
  EXPECT_EQ(RetryOf(status), Retry::kTask);
  server.CloseConnections();
}

TEST(CurlTransport, WhatSpeaksNoTlsIsForAPersonToMend) {
  HttpServer server([](const auto&) { return HttpServer::Answer(200, ""); });
  const absl::Status status = NewTransport()->Send({.url = "https" + server.url().substr(4) + "/x"}).status();
  server.CloseConnections();
  EXPECT_EQ(RetryOf(status), Retry::kHuman);
  EXPECT_THAT(status.ToString(), HasSubstr("Say http:// if it does not"));
}

TEST(CurlTransport, EveryMethodCarriesALengthOrNoBody) {
  HttpServer server([](const auto&) { return HttpServer::Answer(200, ""); });
  const auto transport = NewTransport();
  for (const char* method : {"GET", "HEAD", "PUT", "POST", "DELETE"}) {
    const auto response = transport->Send({.method = method, .url = server.url() + "/x"});
    ASSERT_TRUE(response.ok()) << response.status();
    const HttpServer::Request request = server.requests().back();
    EXPECT_EQ(request.method, method);
    EXPECT_EQ(HeaderOf(request.headers, "transfer-encoding"), "") << method;
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlTransport, GivesASinkTheBodyOfASuccessOnly) {
  const std::string large(3'000'000, 'x');
  HttpServer server([&](const auto& request) {
    return HttpServer::Answer(request.target == "/good" ? 206 : 403, request.target == "/good" ? large : "denied");
  });
  const auto transport = NewTransport();
  std::string taken;
  int seen = 0;  // by the sink, before any byte
  const auto take = [&](const HttpResponse& head, std::string_view bytes) {
    if (taken.empty() && HeaderOf(head.headers, "content-length") == "3000000") seen = head.status;
    taken += bytes;
    return true;
  };
  const auto good = transport->Send({.url = server.url() + "/good", .sink = take});
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_EQ(taken, large);
  EXPECT_EQ(seen, 206);
  EXPECT_EQ(good->body, "");
  const auto bad = transport->Send({.url = server.url() + "/bad", .sink = take});
  ASSERT_TRUE(bad.ok()) << bad.status();
  EXPECT_EQ(taken.size(), large.size());
  EXPECT_EQ(bad->body, "denied");
}

TEST(CurlTransport, ASinkMayStopTheBody) {
  const std::string large(3'000'000, 'x');
  HttpServer server([&](const auto&) { return HttpServer::Answer(200, large); });
  size_t taken = 0;
  const auto response =
      NewTransport()->Send({.url = server.url(), .sink = [&](const HttpResponse&, std::string_view bytes) {
                              taken += bytes.size();
                              return false;
                            }});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_LT(taken, large.size());
}

TEST(CurlTransport, ReusesConnectionsAcrossThreads) {
  HttpServer server([](const auto&) { return HttpServer::Answer(200, "ok"); });
  const auto transport = NewTransport();
  for (int i = 0; i < 5; ++i) {
    std::thread([&] { EXPECT_TRUE(transport->Send({.url = server.url()}).ok()); }).join();
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlTransport, SendsTheBodyAgainWhenAKeptConnectionIsClosed) {
  HttpServer server([](const auto& request) { return HttpServer::Answer(200, request.body); });
  const auto transport = NewTransport();
  const std::string many(200'000, 'b');
  const std::vector<std::string_view> views = {"", "begin", many, "", many, "end"};
  const ByteViews body(views);
  for (int i = 0; i < 3; ++i) {
    const auto response = transport->Send({.method = "PUT", .url = server.url(), .body = body});
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_TRUE(response->body == std::string(body));
    server.CloseConnections();
  }
}

TEST(CurlTransport, ManyThreadsAtOnce) {
  HttpServer server([](const auto& request) { return HttpServer::Answer(200, request.target); });
  const auto transport = NewTransport();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 20; ++k) {
        const std::string target = StrCat("/", i, "/", k);
        const auto response = transport->Send({.url = server.url() + target});
        ASSERT_TRUE(response.ok()) << response.status();
        EXPECT_EQ(response->body, target);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(server.connections(), 8);
}

TEST(CurlTransport, SendsOnceWhatMustNotBeRepeated) {
  HttpServer server([](const auto& request) {  // acts on a PUT and breaks the connection before it has answered
    return request.method == "PUT" ? "" : HttpServer::Answer(200, "");
  });
  for (const char* body : {"body", ""}) {
    const auto transport = NewTransport();
    ASSERT_TRUE(transport->Send({.url = server.url()}).ok());
    const auto puts = [&server] {
      int count = 0;
      for (const HttpServer::Request& request : server.requests()) count += request.method == "PUT";
      return count;
    };
    const int before = puts();
    const auto response = transport->Send({.method = "PUT", .url = server.url(), .body = body, .once = true});
    EXPECT_EQ(RetryOf(response.status()), Retry::kCall);
    EXPECT_EQ(puts(), before + 1) << body;
  }
}

TEST(CurlTransport, ABodyThatIsCutIsAnErrorThatARetryMayHelp) {
  HttpServer server([](const auto&) { return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234"; });
  std::string taken;
  const auto response =
      NewTransport()->Send({.url = server.url(), .sink = [&](const HttpResponse&, std::string_view bytes) {
                              taken += bytes;
                              return true;
                            }});
  EXPECT_EQ(RetryOf(response.status()), Retry::kCall);
  EXPECT_EQ(taken, "1234");
}

TEST(CurlTransport, NobodyThereIsAnErrorThatARetryMayHelpAndShowsNoSecret) {
  std::string url;
  {
    HttpServer server([](const auto&) { return ""; });
    url = server.url();
    const auto response = NewTransport()->Send({.url = url + "/path?sig=secret"});
    EXPECT_EQ(RetryOf(response.status()), Retry::kCall);
    EXPECT_THAT(response.status().ToString(), Not(HasSubstr("secret")));
  }
  const auto response = NewTransport()->Send({.url = url + "/path?sig=secret"});
  EXPECT_EQ(RetryOf(response.status()), Retry::kCall);
  EXPECT_THAT(response.status().ToString(), HasSubstr(StrCat("GET ", url, ": ")));
  EXPECT_THAT(response.status().ToString(), Not(HasSubstr("secret")));
}

TEST(CurlTransport, RequestsEndWhenTheirTimeIsUp) {
  std::atomic<bool> done = false;
  HttpServer server([&](const auto&) {
    while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return "";
  });
  const auto transport = NewTransport();
  const auto late = transport->Send({.url = server.url(), .timeout = 50'000});
  EXPECT_EQ(late.status().code(), absl::StatusCode::kDeadlineExceeded);
  done = true;
}

TEST(CurlTransport, RequestsEndWhenTheirAnswerOnlyDrips) {
  HttpServer server([](const auto&) { return HttpServer::Answer(200, std::string(1000, 'x')); });
  server.Drip();
  const auto response = NewTransport()->Send({.url = server.url(), .stall_timeout = 2'000'000});
  EXPECT_EQ(response.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(RetryOf(response.status()), Retry::kCall);
}

// Sets variables of the environment that say which proxy to take, while it lives.
class Proxy {
 public:
  explicit Proxy(const std::string& address) {
    ::setenv("http_proxy", address.c_str(), 1);
    ::setenv("no_proxy", "none.example", 1);
  }
  ~Proxy() {
    ::unsetenv("http_proxy");
    ::unsetenv("no_proxy");
  }
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
};

TEST(CurlTransport, GoesPastTheProxyIfToldTo) {
  HttpServer proxy([](const auto&) { return HttpServer::Answer(200, "by proxy"); });
  HttpServer server([](const auto&) { return HttpServer::Answer(200, "direct"); });
  const Proxy set(proxy.url());
  const auto transport = NewTransport();
  EXPECT_EQ(transport->Send({.url = server.url()})->body, "by proxy");
  EXPECT_EQ(transport->Send({.url = server.url(), .direct = true})->body, "direct");
  EXPECT_EQ(transport->Send({.url = server.url()})->body, "by proxy");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(CurlTransport, NeverShowsAProxysPassword) {
  for (const char* address : {"socks6://user:hush@p:1", "http://user:hush@p:x"}) {
    const Proxy set(address);
    const absl::Status status = NewTransport()->Send({.url = "http://127.0.0.1:1/"}).status();
    EXPECT_EQ(RetryOf(status), Retry::kUsage) << address;
    EXPECT_THAT(status.ToString(), HasSubstr("GET http://127.0.0.1:1: the proxy of http_proxy"));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("hush")));
  }
}

TEST(CurlTransport, RefusesWhatWouldSmuggleLines) {
  const auto transport = NewTransport();
  EXPECT_EQ(RetryOf(transport->Send({.url = "http://127.0.0.1/\r\nX: y"}).status()), Retry::kUsage);
  EXPECT_EQ(RetryOf(transport->Send({.url = "http://127.0.0.1/", .headers = {{"A", "b\nC: d"}}}).status()),
            Retry::kUsage);
  EXPECT_EQ(RetryOf(transport->Send({.url = "file:///etc/passwd"}).status()), Retry::kUsage);
}

}  // namespace
}  // namespace datahaul

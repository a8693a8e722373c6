#include "http/curl_transport.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <stop_token>
#include <string>
#include <utility>

#include "base/status.h"
#include "base/stop.h"
#include "base/text.h"
#include "http/url.h"
#include "retry/unreached.h"

namespace datahaul {
namespace {

constexpr size_t kMostBody = 64 << 20;  // of answers that are kept in memory
constexpr size_t kIdleHandles = 64;
constexpr long kConnectSeconds = 10;
constexpr long kStalledBytes = 1024;                               // a second
constexpr long kReceiveBytes = 256 << 10, kSendBytes = 256 << 10;  // libcurl's buffers

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool BreaksLines(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

// One request under way: what libcurl calls back into.
class Exchange {
 public:
  explicit Exchange(const HttpRequest& request) : request_(request) {}

  HttpResponse response;
  bool stopped_by_sink = false;
  bool too_large = false;
  std::array<char, CURL_ERROR_SIZE> error{};

  static size_t OnHeader(const char* data, size_t size, size_t count, void* self) {
    static_cast<Exchange*>(self)->TakeHeader({data, size * count});
    return size * count;
  }
  static size_t OnBody(const char* data, size_t size, size_t count, void* self) {
    return static_cast<Exchange*>(self)->TakeBody({data, size * count}) ? size * count : CURL_WRITEFUNC_ERROR;
  }
  static size_t OnSend(char* out, size_t size, size_t count, void* self) {
    return static_cast<Exchange*>(self)->GiveBody(out, size * count);
  }
  // To send the body again, see HttpTransport::Send.
  static int OnSeek(void* self, curl_off_t offset, int origin) {
    if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Exchange*>(self)->SendFrom(static_cast<size_t>(offset));
    return CURL_SEEKFUNC_OK;
  }
  // Asked all the time, and once a second at least while nothing comes.
  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Exchange*>(self)->stop_.stop_requested() ? 1 : 0;
  }

 private:
  void TakeHeader(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {  // those of an interim answer are dropped
      response.headers.clear();
      response.status = 0;
      const size_t at = line.find(' ');
      if (at != line.npos) std::from_chars(line.data() + at + 1, line.data() + line.size(), response.status);
      return;
    }
    const size_t colon = line.find(':');
    if (colon == line.npos) return;
    response.headers.emplace_back(LowerCase(line.substr(0, colon)), Trimmed(line.substr(colon + 1)));
  }

  bool TakeBody(std::string_view bytes) {
    if (request_.sink && response.status / 100 == 2) {
      stopped_by_sink = !request_.sink(response, bytes);
      return !stopped_by_sink;
    }
    too_large = response.body.size() + bytes.size() > kMostBody;
    if (!too_large) response.body.append(bytes);
    return !too_large;
  }

  size_t GiveBody(char* out, size_t room) {
    const auto views = request_.body.views();
    size_t given = 0;
    while (given < room && view_ < views.size()) {
      const std::string_view part = views[view_].substr(sent_, room - given);
      if (!part.empty()) std::memcpy(out + given, part.data(), part.size());
      given += part.size();
      sent_ += part.size();
      if (sent_ == views[view_].size()) {
        ++view_;
        sent_ = 0;
      }
    }
    return given;
  }

  void SendFrom(size_t offset) {
    const auto views = request_.body.views();
    for (view_ = 0; view_ < views.size() && offset >= views[view_].size(); ++view_) offset -= views[view_].size();
    sent_ = offset;
  }

  const HttpRequest& request_;
  const std::stop_token stop_ = StopScope::Current();
  size_t view_ = 0, sent_ = 0;  // of the body: which of its views is being sent, and how much of that has been
};

absl::Status Unreached(const std::string& message) {
  return AsUnreached(WithRetry(
      absl::UnavailableError(StrCat(message, "; is that the right host, and can it be reached?")), Retry::kCall));
}

// Has the time run out before there was a connection?
bool IsOfConnecting(std::string_view why) {
  return why.starts_with("Connection time") || why.starts_with("Failed to connect") ||
         why.starts_with("Resolving timed out");
}

absl::Status NoAnswer(CURLcode code, const HttpRequest& request, std::string_view why) {
  const std::string where = StrCat(request.method, " ", OriginOf(request.url), ": ");
  if (why.starts_with("Unsupported proxy")) {  // and then its address, with the password in it
    return UsageError(StrCat(where, "the proxy of http_proxy, https_proxy or all_proxy is none that libcurl knows"));
  }
  // What speaks no TLS is taken for broken TLS.
  if (why.find("wrong version number") != why.npos || why.find("packet length too long") != why.npos) {
    return HumanError(StrCat(where, why, "; does it speak https? Say http:// if it does not"));
  }
  const std::string message = StrCat(where, why);
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return UsageError(message);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return HumanError(StrCat(message, "; its certificate must be trusted by this machine (package ca-certificates)"));
    case CURLE_OPERATION_TIMEDOUT:
      if (IsOfConnecting(why)) return Unreached(message);
      return WithRetry(absl::DeadlineExceededError(message), Retry::kCall);
    case CURLE_ABORTED_BY_CALLBACK:
      return WithRetry(absl::CancelledError(message), Retry::kTask);
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return InternalError(message);
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Unreached(message);
    default:  // the connection, or the other side's use of it
      return WithRetry(absl::UnavailableError(message), Retry::kCall);
  }
}

// A header that is sent even if its value is empty.
std::string HeaderLine(const std::string& name, const std::string& value) {
  return value.empty() ? name + ";" : StrCat(name, ": ", value);
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpTransport>> CurlTransport::New() {
  DH_ASSIGN_OR_RETURN(const Libcurl* curl, LoadLibcurl());
  return std::unique_ptr<HttpTransport>(new CurlTransport(curl));
}

CurlTransport::~CurlTransport() {
  for (CURL* handle : idle_) curl_->cleanup(handle);
}

CURL* CurlTransport::Take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return curl_->init();
  CURL* handle = idle_.back();
  idle_.pop_back();
  return handle;
}

void CurlTransport::GiveBack(CURL* handle) {
  curl_->reset(handle);  // keeps its connections
  {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleHandles) return idle_.push_back(handle);
  }
  curl_->cleanup(handle);
}

absl::StatusOr<HttpResponse> CurlTransport::Send(const HttpRequest& request) {
  if (BreaksLines(request.url)) return UsageError("sending a request: its address has a line break in it");
  curl_slist* headers = nullptr;
  for (const auto& [name, value] : request.headers) {
    if (BreaksLines(name) || BreaksLines(value)) {
      curl_->free_list(headers);
      return UsageError(StrCat(request.method, " ", OriginOf(request.url), ": the header ", Shortened(LowerCase(name)),
                               " has a line break in it"));
    }
    headers = curl_->append(headers, HeaderLine(name, value).c_str());
  }
  headers = curl_->append(headers, "Expect:");  // one round trip less; servers answer early enough without
  CURL* const handle = Take();
  if (handle == nullptr) {
    curl_->free_list(headers);
    return InternalError("starting libcurl: no handle");
  }
  Exchange exchange(request);
  const auto set = [this, handle](CURLoption option, auto value) { curl_->set(handle, option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_USERAGENT, "datahaul");
  set(CURLOPT_BUFFERSIZE, kReceiveBytes);
  set(CURLOPT_UPLOAD_BUFFERSIZE, kSendBytes);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_FRESH_CONNECT, request.once ? 1L : 0L);  // it sends again only what went over an old one
  if (request.direct) set(CURLOPT_PROXY, "");
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout / 1000));
  set(CURLOPT_LOW_SPEED_LIMIT, kStalledBytes);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max<Micros>(request.stall_timeout / 1'000'000, 1)));
  set(CURLOPT_ERRORBUFFER, exchange.error.data());
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &Exchange::OnProgress);
  set(CURLOPT_XFERINFODATA, &exchange);
  set(CURLOPT_HEADERFUNCTION, &Exchange::OnHeader);
  set(CURLOPT_HEADERDATA, &exchange);
  set(CURLOPT_WRITEFUNCTION, &Exchange::OnBody);
  set(CURLOPT_WRITEDATA, &exchange);
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT" || request.method == "POST" || !request.body.empty()) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_READFUNCTION, &Exchange::OnSend);
    set(CURLOPT_READDATA, &exchange);
    set(CURLOPT_SEEKFUNCTION, &Exchange::OnSeek);
    set(CURLOPT_SEEKDATA, &exchange);
  }
  if (request.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());

  const CURLcode code = curl_->perform(handle);
  GiveBack(handle);
  curl_->free_list(headers);
  if (code == CURLE_OK || exchange.stopped_by_sink) return std::move(exchange.response);
  if (exchange.too_large) {
    return DataError(StrCat(request.method, " ", OriginOf(request.url), ": expected an answer of at most ", kMostBody,
                            " bytes, found more"));
  }
  const char* const told = exchange.error.data();
  return NoAnswer(code, request, *told != '\0' ? told : curl_->error_text(code));
}

}  // namespace datahaul

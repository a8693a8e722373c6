// A server that answers as a test tells it to.
#ifndef DATAHAUL_TESTING_HTTP_SERVER_H_
#define DATAHAUL_TESTING_HTTP_SERVER_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/text.h"
#include "http/http.h"

namespace datahaul {

// HTTP/1.1 on the loopback address, a thread a connection. The handler is called in those threads.
class HttpServer {
 public:
  struct Request {
    std::string method, target;
    HttpHeaders headers;  // names in lower case
    std::string body;
  };
  // Returns the bytes to be sent (see Answer), after which the connection stays open, unless there are none, or fewer
  // than their Content-Length tells.
  using Handler = std::function<std::string(const Request&)>;

  static std::string Answer(int status, std::string_view body, const HttpHeaders& headers = {}) {
    std::string bytes = StrCat("HTTP/1.1 ", status, " Said So\r\nContent-Length: ", body.size(), "\r\n");
    for (const auto& [name, value] : headers) StrAppend(&bytes, name, ": ", value, "\r\n");
    return StrCat(bytes, "\r\n", body);
  }

  explicit HttpServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 64), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~HttpServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    CloseConnections();
    for (std::thread& thread : threads_) thread.join();
    for (const int fd : clients_) ::close(fd);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const { return StrCat("http://127.0.0.1:", port_); }
  int connections() const { return connections_; }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // From now on a byte of an answer goes out every 10 ms.
  void Drip() { drips_ = true; }
  // As a server does that has waited long enough for another request.
  void CloseConnections() {
    const std::lock_guard lock(mutex_);
    for (const int fd : clients_) ::shutdown(fd, SHUT_RDWR);
  }

 private:
  void Accept() {
    while (true) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      ++connections_;
      const std::lock_guard lock(mutex_);
      clients_.push_back(client);
      threads_.emplace_back([this, client] { Serve(client); });
    }
  }

  void Serve(int client) {
    std::string bytes;
    while (true) {
      size_t end;
      while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
        if (!ReadMore(client, &bytes)) return End(client);
        if (bytes.starts_with('\x16')) {  // TLS, which servers without it take for a bad request
          bytes = Answer(400, "");
          (void)::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
          return End(client);
        }
      }
      Request request = Parse(std::string_view(bytes).substr(0, end));
      bytes.erase(0, end + 4);
      const size_t size = std::strtoull(std::string(HeaderOf(request.headers, "content-length")).c_str(), nullptr, 10);
      while (bytes.size() < size) {
        if (!ReadMore(client, &bytes)) return End(client);
      }
      request.body = bytes.substr(0, size);
      bytes.erase(0, size);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::string answer = handler_(request);
      for (std::string_view rest = answer; !rest.empty();) {
        if (drips_) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        const ssize_t sent = ::send(client, rest.data(), drips_ ? 1 : rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) return End(client);
        rest.remove_prefix(static_cast<size_t>(sent));
      }
      if (IsCut(request, answer)) return End(client);
    }
  }

  static bool IsCut(const Request& request, const std::string& answer) {
    const size_t end = answer.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    const std::string length(HeaderOf(Parse(std::string_view(answer).substr(0, end)).headers, "content-length"));
    return request.method != "HEAD" && answer.size() - end - 4 < std::strtoull(length.c_str(), nullptr, 10);
  }

  static void End(int client) { ::shutdown(client, SHUT_RDWR); }

  static bool ReadMore(int client, std::string* bytes) {
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(client, buffer.data(), buffer.size());
    if (got > 0) bytes->append(buffer.data(), static_cast<size_t>(got));
    return got > 0;
  }

  static Request Parse(std::string_view head) {
    Request request;
    bool first = true;
    while (!head.empty()) {
      const size_t end = std::min(head.find("\r\n"), head.size());
      const std::string_view line = head.substr(0, end);
      head.remove_prefix(std::min(end + 2, head.size()));
      if (std::exchange(first, false)) {
        const size_t space = line.find(' '), second = line.find(' ', space + 1);
        request.method = line.substr(0, space);
        request.target = line.substr(space + 1, second - space - 1);
        continue;
      }
      const size_t colon = line.find(':');
      std::string name(line.substr(0, colon));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      std::string_view value = line.substr(std::min(colon + 1, line.size()));
      while (value.starts_with(' ')) value.remove_prefix(1);
      request.headers.emplace_back(std::move(name), value);
    }
    return request;
  }

  const Handler handler_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> drips_ = false;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::vector<int> clients_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_HTTP_SERVER_H_

// A proxy before a server whose connections break after a while, just when the server has answered.
#ifndef DATAHAUL_TESTING_CUTTING_PROXY_H_
#define DATAHAUL_TESTING_CUTTING_PROXY_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <poll.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "gtest/gtest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/random.h"

namespace datahaul {

// Each connection breaks after 8 to 40 answers; the last is swallowed: what it answered has taken effect, but the
// client can't know. On the loopback address.
class CuttingProxy {
 public:
  CuttingProxy(uint16_t server_port, uint64_t seed) : server_port_(server_port), random_(seed) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 64), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  // As if the network were slow: what the client says last is passed on only when it was cut off long ago.
  void DeliverLate() { late_ = true; }
  ~CuttingProxy() {
    ended_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    for (std::thread& thread : pairs_) thread.join();
  }
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  uint16_t port() const { return port_; }
  int cuts() const { return cuts_; }

 private:
  static sockaddr_in Loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }

  void Accept() {
    while (true) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      const uint64_t answers = 8 + random_.Below(33);
      pairs_.emplace_back([this, client, answers] { Pass(client, answers); });
    }
  }

  void Pass(int client, uint64_t answers) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(server_port_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      std::array<pollfd, 2> ends = {pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
      while (!ended_) {
        if (::poll(ends.data(), ends.size(), 50) < 0) break;
        if (ends[0].revents != 0 && late_ && --answers == 0) {
          ++cuts_;
          return DeliverLate(client, server);
        }
        if (ends[0].revents != 0 && !Forward(client, server)) break;
        if (ends[1].revents == 0) continue;
        if (!late_ && --answers == 0) {
          ++cuts_;
          break;
        }
        if (!Forward(server, client)) break;
      }
    }
    ::close(client);
    ::close(server);
  }

  static void DeliverLate(int client, int server) {
    constexpr useconds_t kLate = 300'000;
    std::array<char, 65536> bytes;
    const ssize_t got = ::read(client, bytes.data(), bytes.size());
    ::close(client);
    ::usleep(kLate);
    if (got > 0) (void)::send(server, bytes.data(), static_cast<size_t>(got), MSG_NOSIGNAL);
    ::usleep(kLate);
    ::close(server);
  }

  static bool Forward(int from, int to) {
    std::array<char, 65536> bytes;
    const ssize_t got = ::read(from, bytes.data(), bytes.size());
    return got > 0 && ::send(to, bytes.data(), static_cast<size_t>(got), MSG_NOSIGNAL) == got;
  }

  const uint16_t server_port_;
  Random random_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> ended_ = false, late_ = false;
  std::atomic<int> cuts_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> pairs_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_CUTTING_PROXY_H_

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

#include "gtest/gtest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "testing/gcs_server.h"
#include "testing/postgres_server.h"
#include "testing/s3_server.h"

namespace datahaul {
namespace {

std::string StartMinio() {
  static const S3Server& server = *new S3Server("minio");
  return server.endpoint();
}

std::string StartFakeGcsServer() {
  static const GcsServer& server = *new GcsServer("fake-gcs-server");
  return server.endpoint();
}

std::string StartPostgres() { return PostgresServer::Shared().url(); }

bool Answers(std::string_view url) {
  constexpr std::string_view kHost = "127.0.0.1:";
  const int port = std::atoi(std::string(url.substr(url.find(kHost) + kHost.size())).c_str());
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

// A test program that has started a server, and another process, which goes on when the program is killed.
[[noreturn]] void BeTestProgram(std::string (*start)(), int out) {
  ::setpgid(0, 0);
  ::alarm(300);
  const std::string url = start() + "\n";
  if (::fork() != 0 && ::write(out, url.data(), url.size()) < 0) ::_exit(1);
  ::alarm(300);
  for (;;) ::pause();
}

class Servers : public ::testing::TestWithParam<std::string (*)()> {};

TEST_P(Servers, DieWithTheirProgramThoughItsPipesStayOpen) {
  std::array<int, 2> urls{};
  ASSERT_EQ(::pipe(urls.data()), 0);
  const pid_t program = ::fork();
  if (program == 0) BeTestProgram(GetParam(), urls[1]);
  ::close(urls[1]);
  std::string url;
  char c = 0;
  while (::read(urls[0], &c, 1) == 1 && c != '\n') url += c;
  ::close(urls[0]);
  EXPECT_TRUE(Answers(url)) << url;

  ::kill(program, SIGKILL);
  ::waitpid(program, nullptr, 0);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (Answers(url) && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_FALSE(Answers(url)) << url;
  ::kill(-program, SIGKILL);
}

INSTANTIATE_TEST_SUITE_P(All, Servers, ::testing::Values(&StartMinio, &StartFakeGcsServer, &StartPostgres));

}  // namespace
}  // namespace datahaul

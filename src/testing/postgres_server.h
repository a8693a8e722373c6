// A PostgreSQL server for a test program: started when first asked for, stopped when the program ends, however it ends.
#ifndef DATAHAUL_TESTING_POSTGRES_SERVER_H_
#define DATAHAUL_TESTING_POSTGRES_SERVER_H_

#include <array>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "gtest/gtest.h"
#include <sys/prctl.h>

#include "base/text.h"
#include "job/postgres.h"
#include "job/postgres_url.h"

namespace datahaul {

class PostgresServer {
 public:
  // Without one the test program ends: what needs a server must not pass because there is none.
  static PostgresServer& Shared() {
    static PostgresServer& server = *new PostgresServer();
    return server;
  }

  const std::string& url() const { return url_; }

  // The URL of a new, empty database.
  std::string NewDatabase() {
    const std::string name = StrCat("test", ++databases_);
    auto connection = Postgres::Connect(*PostgresUrl::Parse(url_));
    if (!connection.ok()) ADD_FAILURE() << connection.status();
    EXPECT_EQ((*connection)->Execute(StrCat("CREATE DATABASE ", name)), absl::OkStatus());
    return url_.substr(0, url_.rfind('/') + 1) + name;
  }

 private:
  // The script stops the server when its standard input, a pipe of ours, ends, or the thread that starts it does.
  PostgresServer() {
    std::array<int, 2> in{}, out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0 || !Start(in, out)) {
      std::perror("starting the PostgreSQL server for tests");
      std::abort();
    }
    ::close(in[0]);
    ::close(out[1]);
    char c = 0;
    while (::read(out[0], &c, 1) == 1 && c != '\n') url_ += c;
    ::close(out[0]);
    if (url_.empty()) {
      std::fprintf(stderr, "there is no PostgreSQL server for tests: run script/setup\n");
      std::exit(EXIT_FAILURE);
    }
  }

  static bool Start(const std::array<int, 2>& in, const std::array<int, 2>& out) {
    const pid_t program = ::getpid();
    const pid_t pid = ::fork();
    if (pid != 0) return pid > 0;
    // Without this, others that the program has started could hold the pipe open.
    if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || ::getppid() != program) ::_exit(127);
    ::setsid();
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execlp("python3", "python3", DATAHAUL_SOURCE_DIR "/tests/postgres_server.py", static_cast<char*>(nullptr));
    ::_exit(127);
  }

  std::string url_;
  int databases_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_POSTGRES_SERVER_H_

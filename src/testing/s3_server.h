// S3 servers for a test program: started when first asked for, stopped when the program ends, however it ends.
#ifndef DATAHAUL_TESTING_S3_SERVER_H_
#define DATAHAUL_TESTING_S3_SERVER_H_

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <sstream>
#include <string>
#include <unistd.h>

#include "gtest/gtest.h"
#include <sys/prctl.h>

#include "base/clock.h"
#include "http/curl_transport.h"
#include "objects/s3/s3_store.h"

namespace datahaul {

// Has a bucket called "bucket".
class S3Server {
 public:
  // `kind` as tests/s3_server.py names them. Without one the test program ends: what needs a server must not pass
  // because there is none.
  explicit S3Server(const char* kind) {
    std::array<int, 2> in{}, out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0 || !Start(kind, in, out)) {
      std::perror("starting the S3 server for tests");
      std::abort();
    }
    ::close(in[0]);
    ::close(out[1]);
    std::string line;
    char c = 0;
    while (::read(out[0], &c, 1) == 1 && c != '\n') line += c;
    ::close(out[0]);
    std::istringstream(line) >> endpoint_ >> access_key_ >> secret_;
    if (secret_.empty()) {
      std::fprintf(stderr, "there is no %s for tests: run script/setup\n", kind);
      std::exit(EXIT_FAILURE);
    }
  }

  const std::string& endpoint() const { return endpoint_; }

  // The server's credentials, and nothing else.
  Environment environment() const {
    return [key = access_key_, secret = secret_](const char* name) -> std::string {
      if (std::string_view(name) == "AWS_ACCESS_KEY_ID") return key;
      if (std::string_view(name) == "AWS_SECRET_ACCESS_KEY") return secret;
      return "";
    };
  }

  // Listings come in pages of three. `transport` must outlive the store.
  std::unique_ptr<ObjectStore> Open(HttpTransport* transport) const {
    auto store = S3Store::New(transport, &Clock::Real(), environment(), {.endpoint = endpoint_, .page = 3});
    if (!store.ok()) ADD_FAILURE() << store.status();
    return *std::move(store);
  }

 private:
  // The script stops the server when its standard input, a pipe of ours, ends, or the thread that starts it does.
  static bool Start(const char* kind, const std::array<int, 2>& in, const std::array<int, 2>& out) {
    const pid_t program = ::getpid();
    const pid_t pid = ::fork();
    if (pid != 0) return pid > 0;
    // Without this, others that the program has started could hold the pipe open.
    if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || ::getppid() != program) ::_exit(127);
    ::setsid();
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execlp("python3", "python3", DATAHAUL_SOURCE_DIR "/tests/s3_server.py", kind, static_cast<char*>(nullptr));
    ::_exit(127);
  }

  std::string endpoint_, access_key_, secret_;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_S3_SERVER_H_

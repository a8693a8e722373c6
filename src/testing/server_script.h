// Servers for a test program: started when first asked for, stopped when the program ends, however it ends.
#ifndef DATAHAUL_TESTING_SERVER_SCRIPT_H_
#define DATAHAUL_TESTING_SERVER_SCRIPT_H_

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <sys/prctl.h>

#include "base/text.h"

namespace datahaul {

namespace internal {

// The script stops the server when its standard input, a pipe of ours, ends, or the thread that starts it does.
inline bool RunServerScript(const std::string& script, const char* kind, const std::array<int, 2>& in,
                            const std::array<int, 2>& out) {
  const pid_t program = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) return pid > 0;
  // Without this, others that the program has started could hold the pipe open.
  if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || ::getppid() != program) ::_exit(127);
  ::setsid();
  ::dup2(in[0], STDIN_FILENO);
  ::dup2(out[1], STDOUT_FILENO);
  ::execlp("python3", "python3", script.c_str(), kind, static_cast<char*>(nullptr));
  ::_exit(127);
}

}  // namespace internal

// Runs tests/`script` with `kind` (null: nothing) as its argument, and returns the line by which it says how the server
// is reached. Without one the test program ends: what needs a server must not pass because there is none.
inline std::string StartServer(const char* script, const char* kind = nullptr) {
  std::array<int, 2> in{}, out{};
  const std::string path = StrCat(DATAHAUL_SOURCE_DIR "/tests/", script);
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0 ||
      !internal::RunServerScript(path, kind, in, out)) {
    std::perror("starting a server for tests");
    std::abort();
  }
  ::close(in[0]);
  ::close(out[1]);
  std::string line;
  char c = 0;
  while (::read(out[0], &c, 1) == 1 && c != '\n') line += c;
  ::close(out[0]);
  if (line.empty()) {
    std::fprintf(stderr, "there is no server for tests (%s %s): run script/setup\n", script,
                 kind == nullptr ? "" : kind);
    std::exit(EXIT_FAILURE);
  }
  return line;
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_SERVER_SCRIPT_H_

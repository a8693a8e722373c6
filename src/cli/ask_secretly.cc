#include "cli/ask_secretly.h"

#include <optional>
#include <termios.h>
#include <unistd.h>

#include "base/status.h"
#include "base/text.h"
#include "cli/output.h"

namespace datahaul {
namespace {

// The terminal shows nothing of what is typed while this lives.
class NoEcho {
 public:
  NoEcho() {
    tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
};

// Byte by byte, so that what follows the line is left to whoever reads next.
std::optional<std::string> ReadLine() {
  std::string line;
  for (char c = 0; read(STDIN_FILENO, &c, 1) == 1;) {
    if (c == '\n') return line;
    line += c;
  }
  return line.empty() ? std::nullopt : std::optional(line);
}

}  // namespace

absl::StatusOr<std::string> AskSecretly(std::string_view prompt) {
  std::optional<std::string> line;
  if (isatty(STDIN_FILENO) == 1) {
    const NoEcho silent;
    PrintErr(StrCat(prompt, ": "));
    line = ReadLine();
    PrintErr("\n");
  } else {
    line = ReadLine();
  }
  if (!line) return UsageError(StrCat("reading ", prompt, ": standard input has ended"));
  if (line->ends_with('\r')) line->pop_back();
  return *std::move(line);
}

}  // namespace datahaul

#include "cli/output.h"

#include <atomic>
#include <cerrno>
#include <poll.h>
#include <stdlib.h>
#include <string>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/retry_name.h"
#include "report/text_table.h"

namespace datahaul {
namespace {

constexpr size_t kBufferBytes = 64 << 10;

std::atomic<bool> output_gone = false;

// False if nobody reads any more, or nothing can be written for another reason: there is nobody to tell.
bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

void PrintOut(std::string_view text) {
  if (!output_gone && !WriteAll(STDOUT_FILENO, text)) output_gone = true;
}

void PrintErr(std::string_view text) { WriteAll(STDERR_FILENO, text); }

void OutBuffer::Append(std::string_view text) {
  pending_.append(text);
  if (pending_.size() >= kBufferBytes) Flush();
}

void OutBuffer::Flush() {
  PrintOut(pending_);
  pending_.clear();
}

bool OutputGone() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return output_gone || (poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0);
}

bool ErrIsTerminal() {
  const char* term = getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

void PrintError(const absl::Status& status, bool json) {
  PrintErr(StrCat("datahaul: ", Printable(std::string(status.message())), "\n"));
  if (!json) return;
  JsonWriter writer;
  writer.BeginObject().Field("type", "error").Field("message", std::string(status.message()));
  writer.Field("retry", RetryName(RetryOf(status)))
      .Field("exit_code", static_cast<int>(ExitCodeOf(status)))
      .EndObject();
  PrintOut(writer.text() + "\n");
}

}  // namespace datahaul

// Standard output and standard error.
#ifndef DATAHAUL_CLI_OUTPUT_H_
#define DATAHAUL_CLI_OUTPUT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace datahaul {

// Writes all of `text` at once: lines of several threads or processes don't mix. A reader that went away (EPIPE) is no
// error: the rest is dropped, as `| head` expects.
void PrintOut(std::string_view text);
void PrintErr(std::string_view text);

// Gathers what goes to standard output, where many small pieces do. Flushes when destroyed. Not safe for concurrent
// use.
class OutBuffer {
 public:
  OutBuffer() = default;
  ~OutBuffer() { Flush(); }
  OutBuffer(const OutBuffer&) = delete;
  OutBuffer& operator=(const OutBuffer&) = delete;

  void Append(std::string_view text);
  void Flush();

 private:
  std::string pending_;
};

// True once standard output's reader went away, whoever was writing: what only prints may stop.
bool OutputGone();

// Standard error is a terminal that can be redrawn.
bool ErrIsTerminal();

// "datahaul: MESSAGE" on standard error; with `json` also an error object on standard output.
void PrintError(const absl::Status& status, bool json);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_OUTPUT_H_

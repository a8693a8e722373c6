// Ctrl-C and SIGTERM as a call, so that work can stop in a resumable way.
#ifndef DATAHAUL_CLI_INTERRUPT_H_
#define DATAHAUL_CLI_INTERRUPT_H_

#include <atomic>
#include <functional>
#include <signal.h>
#include <thread>

namespace datahaul {

// While it lives, the first SIGINT or SIGTERM calls `on_interrupt` from a thread of its own; the second ends the
// process at once with exit code 130. Make it before any other thread, so that no thread takes the signals. One at a
// time.
class Interrupt {
 public:
  explicit Interrupt(std::function<void()> on_interrupt);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool interrupted() const { return interrupted_; }

 private:
  void Watch();

  const std::function<void()> on_interrupt_;
  std::atomic<bool> interrupted_ = false;
  sigset_t signals_;
  sigset_t mask_before_;
  int signal_fd_ = -1;
  int stop_fd_ = -1;
  std::thread thread_;
};

}  // namespace datahaul

#endif  // DATAHAUL_CLI_INTERRUPT_H_

#include "base/clock.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace datahaul {
namespace {

class RealClock final : public Clock {
 public:
  Micros Now() override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  }
  void Sleep(Micros duration) override { std::this_thread::sleep_for(std::chrono::microseconds(duration)); }
  void Wait(Micros most, const std::stop_token& stop) override {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, std::chrono::microseconds(most), [] { return false; });
  }
};

}  // namespace

Clock& Clock::Real() {
  static RealClock clock;
  return clock;
}

}  // namespace datahaul

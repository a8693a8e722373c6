#include "base/clock.h"

#include <chrono>
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
};

}  // namespace

Clock& Clock::Real() {
  static RealClock clock;
  return clock;
}

}  // namespace datahaul

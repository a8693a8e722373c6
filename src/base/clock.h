// Time and waiting behind one interface, so that the engine can be simulated on one thread.
#ifndef DATAHAUL_BASE_CLOCK_H_
#define DATAHAUL_BASE_CLOCK_H_

#include <cstdint>
#include <stop_token>

namespace datahaul {

// Microseconds since 1970-01-01T00:00:00Z.
using Micros = int64_t;

// Safe for concurrent use.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Micros Now() = 0;
  virtual void Sleep(Micros duration) = 0;
  // As Sleep, but no longer than until `stop` is requested.
  virtual void Wait(Micros most, const std::stop_token& stop) = 0;

  static Clock& Real();  // the system's clock; lives for ever
};

}  // namespace datahaul

#endif  // DATAHAUL_BASE_CLOCK_H_

// Asking work to stop, whoever it has called meanwhile.
#ifndef DATAHAUL_BASE_STOP_H_
#define DATAHAUL_BASE_STOP_H_

#include <stop_token>

namespace datahaul {

// While it lives, what this thread calls gives up waiting (for a server, or before another attempt) once `stop` is
// requested. Threads that take a part of the work have one of their own, with Current(). May be nested.
class StopScope {
 public:
  explicit StopScope(std::stop_token stop);
  ~StopScope();
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

  // Of this thread; one that is never requested where there is none.
  static std::stop_token Current();

 private:
  const std::stop_token before_;
};

}  // namespace datahaul

#endif  // DATAHAUL_BASE_STOP_H_

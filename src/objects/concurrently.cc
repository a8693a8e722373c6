#include "objects/concurrently.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

#include "base/status.h"
#include "base/stop.h"

namespace datahaul {
namespace {

// Threads that help, of all calls in the program: steps may have such steps themselves.
std::atomic<size_t> helpers = 0;

bool TakeHelper() {
  if (helpers.fetch_add(1) < kAnswersAtOnce - 1) return true;
  --helpers;
  return false;
}

}  // namespace

absl::Status Concurrently(size_t count, AfterFailure after, const std::function<absl::Status(size_t)>& step,
                          size_t most) {
  std::mutex mutex;
  size_t next = 0;
  bool stops = false;
  absl::Status failure;
  const auto work = [&] {
    std::unique_lock lock(mutex);
    while (next < count && !stops) {
      const size_t mine = next++;
      lock.unlock();
      absl::Status status = step(mine);
      lock.lock();
      if (status.ok()) continue;
      stops = stops || after == AfterFailure::kStop || RetryOf(status) != Retry::kCall;
      if (failure.ok() || RetryOf(status) != Retry::kCall) failure = std::move(status);
    }
  };
  const auto help = [&work, stop = StopScope::Current()] {
    const StopScope scope(stop);
    work();
    --helpers;
  };
  std::vector<std::thread> threads;
  while (threads.size() + 1 < std::min(count, most) && TakeHelper()) {
    try {
      threads.emplace_back(help);
    } catch (const std::system_error&) {  // then with those that there are
      --helpers;
      break;
    }
  }
  work();
  for (std::thread& thread : threads) thread.join();
  return failure;
}

}  // namespace datahaul

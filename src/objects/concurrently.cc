#include "objects/concurrently.h"

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/status.h"

namespace datahaul {
namespace {

constexpr size_t kThreads = 8;  // of which each may hold a piece of an upload in memory

}  // namespace

absl::Status Concurrently(size_t count, AfterFailure after, const std::function<absl::Status(size_t)>& step) {
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
  std::vector<std::thread> threads;
  try {
    while (threads.size() + 1 < std::min(count, kThreads)) threads.emplace_back(work);
  } catch (const std::system_error&) {  // then with those that there are
  }
  work();
  for (std::thread& thread : threads) thread.join();
  return failure;
}

}  // namespace datahaul

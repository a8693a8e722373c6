#include "connector/objects/in_parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace datahaul {

absl::Status InParallel(size_t n, const std::function<absl::Status(size_t)>& work) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  absl::Status first;  // guarded by mutex
  const auto run = [&] {
    for (size_t i = next++; i < n; i = next++) {
      const absl::Status status = work(i);
      if (status.ok()) continue;
      next = n;
      const std::lock_guard lock(mutex);
      if (first.ok()) first = status;
    }
  };
  std::vector<std::thread> threads;
  try {
    for (size_t i = 1; i < std::min(n, kRequestsAtOnce); ++i) threads.emplace_back(run);
  } catch (const std::system_error&) {
    // No more threads to be had: those that are there do it.
  }
  run();
  for (std::thread& thread : threads) thread.join();
  return first;
}

}  // namespace datahaul

#include <algorithm>
#include <malloc.h>
#include <thread>

#include "cli/command_line.h"

int main(int argc, char** argv) {
#if defined(__GLIBC__)
  // Slices and row groups come and go in large blocks. glibc would keep ever larger ones in its heaps, once for each
  // thread, when they are freed: a third of all memory. And few heaps do: hardly anything is allocated while records
  // are worked.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
  mallopt(M_ARENA_MAX, std::max(2, static_cast<int>(std::thread::hardware_concurrency() / 4)));
#endif
  return datahaul::RunCommandLine(argc, argv);
}

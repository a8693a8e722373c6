// Names processes so that others can tell whether they still live.
#ifndef DATAHAUL_JOB_PROCESS_H_
#define DATAHAUL_JOB_PROCESS_H_

#include <string>
#include <string_view>

namespace datahaul {

// This process: HOST:PID:START:SPACE, where START is its start time in clock ticks since boot, and SPACE tells boots
// and containers apart, outside of which PID means nothing. Unique; contains no '/'.
std::string ProcessName();

// This host: its name and what tells it from others of that name. The same for every process in it, after a boot too.
std::string HostToken();

// True if the process of that name is certainly dead: its process id means something here, and is now nobody's or
// somebody else's. False wherever that can't be told.
bool ProcessIsGone(std::string_view process);

// The process that a worker ("PROCESS/THREAD") belongs to.
inline std::string_view ProcessOf(std::string_view worker) { return worker.substr(0, worker.find('/')); }

}  // namespace datahaul

#endif  // DATAHAUL_JOB_PROCESS_H_

#include "job/process.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <unistd.h>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include <sys/stat.h>

#include "base/text.h"

namespace datahaul {
namespace {

std::string ReadSmallFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// When the process started: field 22 of /proc/PID/stat; nothing if there is no such process, or only its corpse. The
// second field, the program's name, may contain anything: fields are counted after its closing parenthesis.
std::optional<std::string> StartTime(std::string_view pid) {
  const std::string stat = ReadSmallFile(StrCat("/proc/", pid, "/stat"));
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  const std::vector<std::string> fields = absl::StrSplit(stat.substr(name_end + 1), ' ', absl::SkipEmpty());
  constexpr size_t kState = 0, kStartTime = 22 - 3;
  if (fields.size() <= kStartTime || fields[kState] == "Z" || fields[kState] == "X") return std::nullopt;
  return fields[kStartTime];
}

std::string HostName() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  std::string host(name);
  std::replace_if(host.begin(), host.end(), [](char c) { return c == ':' || c == '/'; }, '-');
  return host;
}

// Where a process id means something: one boot of one machine, and one container in it.
std::string PidSpace() {
  struct stat info;
  const std::string boot = ReadSmallFile("/proc/sys/kernel/random/boot_id").substr(0, 8);
  return StrCat(boot, "-", stat("/proc/self/ns/pid", &info) == 0 ? static_cast<uint64_t>(info.st_ino) : uint64_t{0});
}

}  // namespace

std::string HostToken() {
  const std::string id = ReadSmallFile("/etc/machine-id").substr(0, 8);
  return id.empty() ? HostName() : StrCat(HostName(), "-", id);
}

std::string ProcessName() {
  const std::string pid = StrCat(getpid());
  return StrCat(HostName(), ":", pid, ":", StartTime(pid).value_or(""), ":", PidSpace());
}

bool ProcessIsGone(std::string_view process) {
  const std::vector<std::string> parts = absl::StrSplit(std::string(process), ':');
  if (parts.size() != 4 || parts[0] != HostName() || parts[3] != PidSpace()) return false;
  int pid = 0;
  return absl::SimpleAtoi(parts[1], &pid) && pid > 0 && StartTime(parts[1]) != parts[2];
}

}  // namespace datahaul

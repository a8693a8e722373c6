#include "cli/progress.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include <sys/ioctl.h>

#include "base/text.h"
#include "cli/job_facts.h"
#include "cli/job_json.h"
#include "cli/output.h"
#include "report/text_table.h"
#include "report/units.h"

namespace datahaul {
namespace {

constexpr Micros kBlockEvery = 200'000, kLineEvery = 5'000'000, kEventEvery = 1'000'000;
constexpr size_t kKindsShown = 8;

size_t TerminalWidth() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

// The first `width` columns, near enough: code points.
std::string Cut(const std::string& line, size_t width) {
  size_t columns = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if ((line[i] & 0xC0) == 0x80) continue;
    if (columns++ == width) return line.substr(0, i);
  }
  return line;
}

// Of the kinds with most records, a line each.
std::vector<std::string> KindLines(const Job& job) {
  std::vector<std::pair<uint64_t, KindName>> kinds;
  kinds.reserve(job.counters.kinds.size());
  for (const auto& [name, tally] : job.counters.kinds) kinds.emplace_back(tally.read, name);
  const size_t shown = std::min(kinds.size(), kKindsShown);
  std::partial_sort(kinds.begin(), kinds.begin() + static_cast<ptrdiff_t>(shown), kinds.end(), std::greater<>());
  std::vector<std::string> lines;
  for (size_t i = 0; i < shown; ++i) {
    const KindName& name = kinds[i].second;
    const std::string kind = name.ns.empty() ? name.kind : StrCat(name.ns, "/", name.kind);
    lines.push_back(StrCat("  ", Printable(kind), "  ", HumanCount(kinds[i].first)));
  }
  if (kinds.size() > shown) lines.push_back(StrCat("  and ", Counted(kinds.size() - shown, "more kind")));
  return lines;
}

std::string TimeLeft(const Job& job, double bytes_per_second) {
  const BytesToRead bytes = ReadingOf(job);
  if (bytes_per_second <= 0 || bytes.done >= bytes.total) return "";
  const double seconds = static_cast<double>(bytes.total - bytes.done) / bytes_per_second;
  return StrCat(", ", HumanDuration(static_cast<Micros>(seconds * 1e6)), " left");
}

const char* Doing(const Job& job) {
  switch (job.phase) {
    case Phase::kPlan:
      return "looking at the source";
    case Phase::kScan:
      return HasSpool(job) ? "reading, and looking for columns" : "looking for columns";
    case Phase::kSchema:
      return "planning columns";
    case Phase::kWrite:
      return "copying";
    case Phase::kClose:
      return "finishing";
  }
  return "";
}

}  // namespace

Progress::Progress(const OutputOptions& options)
    : style_(options.json      ? Style::kEvents
             : options.quiet   ? Style::kNone
             : ErrIsTerminal() ? Style::kBlock
                               : Style::kLines) {}

void Progress::Update(const Job& job, Micros now) {
  if (style_ == Style::kNone) return;
  const bool from_spool = HasSpool(job) && job.phase >= Phase::kWrite;
  records_.Add(now, from_spool ? job.counters.Total().written : job.counters.Total().read);
  bytes_.Add(now, ReadingOf(job).done);
  if (now < next_) return;
  const bool first = next_ == 0;
  next_ = now + (style_ == Style::kBlock ? kBlockEvery : style_ == Style::kLines ? kLineEvery : kEventEvery);
  if (style_ == Style::kBlock) {
    Draw(job, now);
  } else if (style_ == Style::kEvents) {
    PrintOut(first ? StartedEvent(job) : ProgressEvent(job, records_.PerSecond(), bytes_.PerSecond(), now));
  } else if (!first) {
    PrintErr(StrCat(Line(job), "\n"));
  }
}

void Progress::Clear() {
  if (drawn_lines_ == 0) return;
  PrintErr(StrCat("\x1b[", drawn_lines_, "A\r\x1b[J"));
  drawn_lines_ = 0;
}

void Progress::Draw(const Job& job, Micros now) {
  std::vector<std::string> lines = {StrCat(Line(job), ", ", HumanDuration(ElapsedTime(job, now)), " so far")};
  for (std::string& line : KindLines(job)) lines.push_back(std::move(line));
  const size_t width = TerminalWidth() - 1;
  std::string block = drawn_lines_ == 0 ? "" : StrCat("\x1b[", drawn_lines_, "A\r");
  for (const std::string& line : lines) StrAppend(&block, Cut(line, width), "\x1b[K\n");
  StrAppend(&block, "\x1b[J");
  PrintErr(block);
  drawn_lines_ = static_cast<int>(lines.size());
}

std::string Progress::Line(const Job& job) const {
  const bool writes = job.phase == Phase::kWrite;
  if (!writes && job.phase != Phase::kScan) return Doing(job);
  const double bytes_per_second = bytes_.PerSecond();
  std::string line = StrCat(Doing(job), ": ", HumanPercent(static_cast<uint64_t>(PartDone(job) * 1000), 1000), ", ");
  const Tally total = job.counters.Total();
  const bool counts = writes || HasSpool(job);  // records are counted where the source is read for good
  if (counts) StrAppend(&line, Counted(writes && HasSpool(job) ? total.written : total.read, "record"), ", ");
  if (writes && HasSpool(job)) {
    StrAppend(&line, "from the spool, ");
  } else {
    StrAppend(&line, HumanBytes(static_cast<double>(Counter(job, counts ? "bytes_in" : "scanned_bytes"))), " of ",
              HumanBytes(static_cast<double>(job.bytes_total)), ", ");
  }
  if (writes) StrAppend(&line, HumanCount(static_cast<uint64_t>(records_.PerSecond())), " records/s, ");
  StrAppend(&line, HumanBytes(bytes_per_second), "/s", TimeLeft(job, bytes_per_second));
  return line;
}

}  // namespace datahaul

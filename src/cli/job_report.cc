#include "cli/job_report.h"

#include "base/text.h"
#include "cli/job_facts.h"
#include "registry/address.h"
#include "report/text_table.h"
#include "report/units.h"

namespace datahaul {
namespace {

constexpr size_t kKindsShown = 50;

std::string Headline(const Job& job, const ReportFacts& facts) {
  const auto bytes_in = static_cast<double>(Counter(job, "bytes_in"));
  const char* written = facts.dry_run ? " would be written, " : " written, ";
  std::string line =
      StrCat(Counted(job.counters.Total().written, "record"), written, HumanBytes(bytes_in), " read, ",
             HumanBytes(static_cast<double>(Counter(job, "bytes_out"))), facts.dry_run ? " of output" : " written");
  if (const Micros elapsed = ElapsedTime(job, facts.now); facts.one_run && elapsed > 0) {
    StrAppend(&line, ", in ", HumanDuration(elapsed), " (", HumanBytes(bytes_in * 1e6 / static_cast<double>(elapsed)),
              "/s read)");
  }
  return line + "\n";
}

std::string KindsTable(const Job& job, bool all) {
  if (job.counters.kinds.empty()) return "";
  TextTable table({"namespace", "kind", ">read", ">written", ">filtered", ">rejected"});
  size_t rows = 0;
  for (const auto& [name, tally] : job.counters.kinds) {
    if (!all && rows++ == kKindsShown) break;
    table.AddRow({ShownNamespace(name.ns), name.kind, HumanCount(tally.read), HumanCount(tally.written),
                  HumanCount(tally.filtered), HumanCount(tally.rejected)});
  }
  std::string text = table.ToString();
  const size_t kinds = job.counters.kinds.size();
  if (!all && kinds > kKindsShown) {
    StrAppend(&text, "and ", Counted(kinds - kKindsShown, "more kind"), " (--verbose or --json tells all)\n");
  }
  return text;
}

std::string LossText(const Job& job) {
  std::string text;
  const uint64_t rejected = job.counters.Total().rejected, ranges = Counter(job, "lost_ranges");
  if (rejected != 0) StrAppend(&text, "rejected: ", Counted(rejected, "record"), "\n");
  if (ranges != 0) {
    StrAppend(&text, "lost: ", Counted(ranges, "byte range"), " of the source, ",
              HumanBytes(static_cast<double>(Counter(job, "lost_bytes"))), "\n");
  }
  if (!text.empty() && job.spec.sink != kStandardOutput)
    StrAppend(&text, "(kept in ", Printable(job.spec.sink), "/_rejects)\n");
  return text;
}

std::string Notes(const Job& job) {
  std::string text;
  for (const std::string& note : job.snapshot.notes) StrAppend(&text, "note: ", Printable(note), "\n");
  for (const auto& [name, value] : job.counters.named) {
    if (name == "non_finite" && value != 0) {
      StrAppend(&text, "note: ", Counted(value, "number"), " (NaN or infinite) became null, which JSON has instead\n");
    }
  }
  return text;
}

}  // namespace

std::string JobReport(const Job& job, const ReportFacts& facts) {
  std::string text = StrCat(KindsTable(job, facts.verbose), Headline(job, facts), LossText(job), Notes(job));
  if (!facts.delivery.empty()) StrAppend(&text, "delivery: ", facts.delivery, "\n");
  if (!facts.manifest.empty()) StrAppend(&text, "manifest: ", Printable(facts.manifest), "\n");
  return text;
}

std::string JobDetails(const Job& job, const ReportFacts& facts) {
  std::string text = StrCat("job:      ", job.id, "\nstate:    ", ToString(job.state));
  if (!IsTerminal(job.state)) {
    StrAppend(&text, " (", ToString(job.phase), ", ", HumanPercent(static_cast<uint64_t>(PartDone(job) * 1000), 1000),
              ")");
  }
  StrAppend(&text, "\ncommand:  ", Printable(job.spec.command), "\nsource:   ", Printable(job.spec.source));
  StrAppend(&text, "\nto:       ", Printable(job.spec.sink), "\ncreated:  ", HumanTime(job.created), "\n");
  if (job.finished != 0) StrAppend(&text, "finished: ", HumanTime(job.finished), "\n");
  if (!job.error.empty()) StrAppend(&text, "error:    ", Printable(job.error), "\n");
  return StrCat(text, "\n", JobReport(job, facts));
}

}  // namespace datahaul

#include "cli/dry_run.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/data_dir.h"
#include "cli/exit_codes.h"
#include "cli/foreground.h"
#include "cli/output.h"
#include "job/plan.h"
#include "registry/address.h"
#include "report/text_table.h"
#include "report/units.h"

namespace datahaul {
namespace {

// How the job would go about it.
struct Course {
  std::vector<Phase> phases;
  std::string spool;  // its address; "" = there is none
};

bool Scans(const Course& course) {
  return std::find(course.phases.begin(), course.phases.end(), Phase::kScan) != course.phases.end();
}

int TimesRead(const Course& course) { return Scans(course) && course.spool.empty() ? 2 : 1; }

// What is kept are all fields with their names and types, compressed.
uint64_t EstimateSpool(const Snapshot& snapshot) { return snapshot.bytes; }

std::string CourseText(const JobSpec& spec, const Snapshot& snapshot, const Course& course) {
  std::string text = "phases: ";
  for (const Phase phase : course.phases) {
    StrAppend(&text, phase == course.phases.front() ? "" : ", ", ToString(phase));
  }
  if (!Scans(course)) return text + "\n";
  if (!course.spool.empty()) {
    return StrCat(text, "; the source is read once: until its columns are known its records are kept in ",
                  Printable(course.spool), ", about ", HumanBytes(static_cast<double>(EstimateSpool(snapshot))),
                  " or less\n");
  }
  StrAppend(&text, "; the source is read twice: for its columns, then to write\n");
  if (IsBucketAddress(spec.source)) {
    StrAppend(&text, "from afar that may be slow, and cost twice: --spool always reads it once\n");
  }
  return text;
}

std::string DryRunText(const JobSpec& spec, const Snapshot& snapshot, const Course& course) {
  const bool everything = spec.selection.everything();
  const std::string records = !snapshot.records
                                  ? "an unknown number of records"
                                  : StrCat(everything ? "" : "at most ", Counted(*snapshot.records, "record"));
  std::string text =
      StrCat(Printable(spec.source), ": ", Counted(snapshot.objects, "object"), ", ",
             HumanBytes(static_cast<double>(snapshot.bytes)), " to read, ", records, "\nwould go to ",
             Printable(spec.sink), " as ", OptionOf(spec, "format"), "\n", CourseText(spec, snapshot, course));
  for (const std::string& note : snapshot.notes) StrAppend(&text, "note: ", Printable(note), "\n");
  return text + "Nothing was written. --dry-run=scan reads everything, for exact counts and sizes.\n";
}

std::string DryRunJson(const JobSpec& spec, const Snapshot& snapshot, const Course& course) {
  JsonWriter json;
  json.BeginObject().Field("type", "dry_run").Field("source", spec.source).Field("sink", spec.sink);
  json.Field("objects", snapshot.objects).Field("bytes", snapshot.bytes).Key("records_promised");
  snapshot.records ? json.Value(*snapshot.records) : json.Null();
  json.Key("phases").BeginArray();
  for (const Phase phase : course.phases) json.Value(ToString(phase));
  json.EndArray().Field("times_read", TimesRead(course)).Key("spool");
  if (course.spool.empty()) {
    json.Null();
  } else {
    json.BeginObject().Field("address", course.spool).Field("bytes", EstimateSpool(snapshot)).EndObject();
  }
  json.Key("notes").BeginArray();
  for (const std::string& note : snapshot.notes) json.Value(note);
  return json.EndArray().EndObject().text() + "\n";
}

}  // namespace

absl::StatusOr<int> DryRun(Registry& registry, const JobSpec& spec, const OutputOptions& output) {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, registry.OpenSource(spec));
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Sink> sink, registry.OpenSink(spec));
  DH_RETURN_IF_ERROR(CheckEnds(source->traits(), sink->traits(), spec));
  DH_ASSIGN_OR_RETURN(const Snapshot snapshot, source->Begin(spec.selection));
  Course course{.phases = PhasesOf(sink->traits()), .spool = ""};
  if (IsSpooled(source->traits(), sink->traits(), spec)) {
    DH_RETURN_IF_ERROR(registry.SpoolOf(spec, "").status());
    course.spool = OptionOf(spec, kSpoolToOption);
  }
  PrintOut(output.json ? DryRunJson(spec, snapshot, course) : DryRunText(spec, snapshot, course));
  return kExitDone;
}

absl::StatusOr<int> DryRunScan(Registry& registry, JobSpec spec, int workers, const OutputOptions& output) {
  spec.options.emplace_back(kDryRunOption, "scan");
  for (auto& [name, value] : spec.options) {
    if (name == "spool") value = "never";  // nothing is written
  }
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<JobStore> store, OpenMemoryJobStore());
  ForegroundRun run{.store = store.get(),
                    .registry = &registry,
                    .workers = workers,
                    .output = output,
                    .is_new = true,
                    .dry_run = true};
  DH_ASSIGN_OR_RETURN(run.job, store->Submit(spec, ""));
  return RunInForeground(run);
}

}  // namespace datahaul

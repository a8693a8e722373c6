#include "cli/dry_run.h"

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
#include "report/text_table.h"
#include "report/units.h"

namespace datahaul {
namespace {

std::string PhasesText(const std::vector<Phase>& phases) {
  std::string text = "phases: ";
  bool scans = false;
  for (const Phase phase : phases) {
    StrAppend(&text, phase == phases.front() ? "" : ", ", ToString(phase));
    scans |= phase == Phase::kScan;
  }
  return text + (scans ? "; the source is read twice: for its columns, then to write\n" : "\n");
}

std::string DryRunText(const JobSpec& spec, const Snapshot& snapshot, const std::vector<Phase>& phases) {
  const bool everything = spec.selection.everything();
  const std::string records = !snapshot.records
                                  ? "an unknown number of records"
                                  : StrCat(everything ? "" : "at most ", Counted(*snapshot.records, "record"));
  std::string text = StrCat(Printable(spec.source), ": ", Counted(snapshot.objects, "object"), ", ",
                            HumanBytes(static_cast<double>(snapshot.bytes)), " to read, ", records, "\nwould go to ",
                            Printable(spec.sink), " as ", OptionOf(spec, "format"), "\n", PhasesText(phases));
  for (const std::string& note : snapshot.notes) StrAppend(&text, "note: ", Printable(note), "\n");
  return text + "Nothing was written. --dry-run=scan reads everything, for exact counts and sizes.\n";
}

std::string DryRunJson(const JobSpec& spec, const Snapshot& snapshot, const std::vector<Phase>& phases) {
  JsonWriter json;
  json.BeginObject().Field("type", "dry_run").Field("source", spec.source).Field("sink", spec.sink);
  json.Field("objects", snapshot.objects).Field("bytes", snapshot.bytes).Key("records_promised");
  snapshot.records ? json.Value(*snapshot.records) : json.Null();
  json.Key("phases").BeginArray();
  for (const Phase phase : phases) json.Value(ToString(phase));
  json.EndArray().Key("notes").BeginArray();
  for (const std::string& note : snapshot.notes) json.Value(note);
  return json.EndArray().EndObject().text() + "\n";
}

}  // namespace

absl::StatusOr<int> DryRun(Registry& registry, const JobSpec& spec, const OutputOptions& output) {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, registry.OpenSource(spec));
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Sink> sink, registry.OpenSink(spec));
  DH_RETURN_IF_ERROR(CheckEnds(source->traits(), sink->traits(), spec));
  DH_ASSIGN_OR_RETURN(const Snapshot snapshot, source->Begin(spec.selection));
  const std::vector<Phase> phases = PhasesOf(sink->traits());
  PrintOut(output.json ? DryRunJson(spec, snapshot, phases) : DryRunText(spec, snapshot, phases));
  return kExitDone;
}

absl::StatusOr<int> DryRunScan(Registry& registry, JobSpec spec, int workers, const OutputOptions& output) {
  spec.options.emplace_back(kDryRunOption, "scan");
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

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include <CLI/CLI.hpp>

#include "base/json_writer.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "cli/dry_run.h"
#include "cli/exit_codes.h"
#include "cli/foreground.h"
#include "cli/job_home.h"
#include "cli/options.h"
#include "cli/output.h"
#include "io/folder.h"
#include "job/plan.h"
#include "job/process.h"
#include "registry/address.h"
#include "registry/names.h"
#include "registry/registry.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul copy EXPORT OUT                                  lossless typed NDJSON, one file for each kind
  datahaul copy EXPORT OUT --format ndjson --compression zstd
  datahaul copy EXPORT OUT --kind Order --kind Customer     only these kinds
  datahaul copy EXPORT OUT --namespace= --if-exists replace only the default namespace; swaps the old output
  datahaul copy EXPORT - --format ndjson | jq .total        to standard output
  datahaul copy EXPORT OUT --format csv --null '\N'         tables: one file for each kind, columns for all its fields
  datahaul copy EXPORT OUT --format parquet --policy variants
  datahaul copy gs://BUCKET/EXPORT OUT --format parquet --spool always   from afar: read once, kept until written
  datahaul copy EXPORT OUT --dry-run                        what would be done, from the metadata
  datahaul copy OUT OUT2                                    typed NDJSON is a source as well
  datahaul copy s3://BUCKET/EXPORT s3://BUCKET/OUT          from bucket to bucket
  datahaul copy EXPORT OUT --layout shard --async --job-store postgresql://HOST/DATABASE   for `datahaul worker`

Ctrl-C stops a copy so that `datahaul jobs resume ID` can go on with it.
)";

struct CopyOptions {
  std::string from, to;
  SelectionOptions selection;
  SourceOptions source;
  SinkOptions sink;
  OutputOptions output;
  std::string dry_run;
  int workers = 0;
  bool async = false;
  std::string queue;
  uint64_t max_tasks = 0;
};

absl::Status CheckTableFlags(const SinkOptions& sink) {
  const auto only_for = [&sink](std::string_view flag, std::string_view formats) {
    return UsageError(StrCat("copying with --", flag, ": expected --format ", formats, ", found ", sink.format));
  };
  if (sink.format != "csv") {
    if (!sink.delimiter.empty()) return only_for("delimiter", "csv");
    if (!sink.null.empty()) return only_for("null", "csv");
    if (sink.guard_formulas) return only_for("guard-formulas", "csv");
  }
  if (!IsTable(sink.format)) {
    if (!sink.policy.empty()) return only_for("policy", "csv or parquet");
    if (!sink.against.empty()) return only_for("against", "csv or parquet");
    if (!sink.on_drift.empty()) return only_for("on-drift", "csv or parquet");
    if (!sink.spool.empty()) return only_for("spool", "csv or parquet");
    if (!sink.spool_to.empty()) return only_for("spool-to", "csv or parquet");
  }
  if (sink.on_drift.empty() || !sink.against.empty()) return absl::OkStatus();
  return UsageError("copying with --on-drift: expected --against too, the manifest to compare with");
}

absl::Status CheckTogether(const CopyOptions& options) {
  if (options.to == kStandardOutput) {
    if (options.output.json) return UsageError("copying to -: standard output is for records; leave out --json");
    if (options.async) return UsageError("copying to -: a worker has no standard output of yours; leave out --async");
    if (options.sink.keys_index) return UsageError("copying to -: a keys index needs a folder; leave out --keys-index");
    if (options.sink.spool == "always") {
      return UsageError(
          "copying to -: a spool belongs to a job that can be resumed; copy to a folder, or leave out --spool");
    }
  }
  if (!options.async && !options.queue.empty()) {
    return UsageError("copying with --queue: expected --async too, as only workers look into queues");
  }
  DH_RETURN_IF_ERROR(CheckTableFlags(options.sink));
  const auto& namespaces = options.selection.namespaces;
  if (std::set<std::string>(namespaces.begin(), namespaces.end()).size() != namespaces.size()) {
    return UsageError("reading --namespace: each may be given once only");
  }
  if (options.sink.keys_index && options.sink.if_exists == "append") {
    return UsageError(
        "copying with --if-exists append: a keys index is of a whole output only; leave out one of the two");
  }
  if (options.sink.keys_index && options.selection.limit) {
    return UsageError("copying with --limit: a keys index is of whole kinds only; leave out --limit or --keys-index");
  }
  if (options.sink.keys_index && options.sink.spool == "always") {
    return UsageError(
        "copying with --spool always: a keys index is made from the source, which is read once only; leave out one of "
        "the two");
  }
  if (options.sink.keys_index && options.sink.on_drift == "set-aside") {
    return UsageError(
        "copying with --on-drift set-aside: a keys index is made from the source, which still has the records that "
        "are set aside; leave out one of the two");
  }
  return absl::OkStatus();
}

// How often the source may be read, as far as the user has said it, and where the spool would be.
absl::Status SetSpool(const CopyOptions& options, const std::string& data_dir, SinkOptions* sink) {
  if (options.to == kStandardOutput) sink->spool = "never";  // such a job can't be resumed: nobody would remove it
  if (sink->spool.empty()) sink->spool = "auto";
  if (sink->spool == "never") {
    sink->spool_to.clear();
    return absl::OkStatus();
  }
  if (sink->spool_to == kStandardOutput) return UsageError("reading --spool-to: expected a folder, found -");
  if (!sink->spool_to.empty()) {
    DH_ASSIGN_OR_RETURN(sink->spool_to, AbsoluteAddress(sink->spool_to));
    return absl::OkStatus();
  }
  const absl::StatusOr<std::string> found = FindDataDir(data_dir);
  if (found.ok()) sink->spool_to = JoinPath(*found, "spool");
  return sink->spool == "always" ? found.status() : absl::OkStatus();
}

// Addresses become absolute: the job may be resumed from another folder.
absl::StatusOr<JobSpec> SpecOf(const CopyOptions& options, const Invocation& invocation) {
  JobSpec spec;
  DH_ASSIGN_OR_RETURN(spec.source, AbsoluteAddress(options.from));
  DH_ASSIGN_OR_RETURN(spec.sink, AbsoluteAddress(options.to));
  spec.selection = options.selection.ToSelection();
  spec.max_rejects = options.sink.max_rejects;
  spec.command = invocation.words;
  AppendOptions(options.source, &spec.options);
  SinkOptions sink = options.sink;
  if (IsTable(sink.format) && sink.policy.empty()) sink.policy = ConflictPolicyNames().front();  // to be seen in lists
  if (!sink.against.empty()) {
    DH_ASSIGN_OR_RETURN(sink.against, AbsoluteAddress(sink.against));
  }
  if (IsTable(sink.format)) DH_RETURN_IF_ERROR(SetSpool(options, invocation.data_dir, &sink));
  AppendOptions(sink, &spec.options);
  std::sort(spec.options.begin(), spec.options.end());
  return spec;
}

// What is wrong with the command is found out before there is a job.
// So is whether there is a spool: what the job says of it then is "always" or "never".
absl::Status CheckEnds(Registry& registry, JobSpec* spec) {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, registry.OpenSource(*spec));
  if (!OptionOf(*spec, "against").empty()) DH_RETURN_IF_ERROR(registry.EarlierSchema(*spec).status());
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Sink> sink, registry.OpenSink(*spec));
  DH_RETURN_IF_ERROR(CheckEnds(source->traits(), sink->traits(), *spec));
  const bool spooled = IsSpooled(source->traits(), sink->traits(), *spec);
  if (spooled) {
    DH_ASSIGN_OR_RETURN(const JobSpec spool, registry.SpoolOf(*spec, ""));
    DH_RETURN_IF_ERROR(registry.OpenSink(spool).status());
  }
  std::erase_if(spec->options, [&](const auto& option) { return option.first == kSpoolToOption && !spooled; });
  for (auto& [name, value] : spec->options) {
    if (name == "spool") value = spooled ? "always" : "never";
  }
  return absl::OkStatus();
}

// Whether all that the job reads and writes is in buckets.
bool IsSeenEverywhere(const JobSpec& spec) {
  const auto is_in_bucket = [&spec](std::string_view option) {
    const std::string_view address = OptionOf(spec, option);
    return address.empty() || IsBucketAddress(address);
  };
  return IsBucketAddress(spec.source) && IsBucketAddress(spec.sink) && is_in_bucket("against") &&
         is_in_bucket(kSpoolToOption);
}

// Leaves the job to workers.
absl::StatusOr<int> SubmitOnly(const CopyOptions& options, const JobSpec& spec, const JobHome& home) {
  DH_ASSIGN_OR_RETURN(const std::string job, home.store->Submit(spec, ""));
  if (options.output.json) {
    PrintOut(JsonWriter()
                 .BeginObject()
                 .Field("type", "submitted")
                 .Field("job", job)
                 .Field("queue", spec.queue)
                 .EndObject()
                 .text() +
             "\n");
    return kExitDone;
  }
  PrintOut(job + "\n");
  if (!options.output.quiet) {
    PrintErr(StrCat("left to workers of queue ", spec.queue, "; follow it with: datahaul jobs watch ", job, home.flag,
                    "\n"));
  }
  return kExitDone;
}

absl::StatusOr<int> Submit(const CopyOptions& options, JobSpec spec, Registry& registry, const Invocation& invocation) {
  ForegroundRun run;
  run.report_to_stderr = options.to == kStandardOutput;
  JobHome home;
  if (run.report_to_stderr) {
    DH_ASSIGN_OR_RETURN(home.store, OpenMemoryJobStore());
  } else {
    DH_ASSIGN_OR_RETURN(home, OpenJobHome(invocation));
  }
  // Paths mean something on this host only.
  if (home.remote && !IsSeenEverywhere(spec)) spec.host = HostToken();
  spec.most_leases = options.max_tasks;
  if (options.async) {
    spec.queue = options.queue.empty() ? kDefaultQueue : std::string_view(options.queue);
    return SubmitOnly(options, spec, home);
  }
  run.data_dir = home.place;
  run.data_dir_flag = home.flag;
  run.store = home.store.get();
  run.registry = &registry;
  run.workers = options.workers;
  run.output = options.output;
  run.is_new = true;
  DH_ASSIGN_OR_RETURN(run.job, home.store->Submit(spec, ""));
  return RunInForeground(run);
}

absl::StatusOr<int> Copy(const CopyOptions& options, const Invocation& invocation) {
  DH_RETURN_IF_ERROR(CheckTogether(options));
  DH_ASSIGN_OR_RETURN(JobSpec spec, SpecOf(options, invocation));
  Registry registry(SecretsIn(invocation.data_dir));
  if (options.dry_run == "metadata") return DryRun(registry, spec, options.output);
  if (options.dry_run == "scan") return DryRunScan(registry, spec, options.workers, options.output);
  DH_RETURN_IF_ERROR(CheckEnds(registry, &spec));
  const bool spools_at_home = options.sink.spool_to.empty() && !OptionOf(spec, kSpoolToOption).empty();
  // Were the spool's folder to make it, others could read the jobs and secrets that come later.
  if (spools_at_home) DH_RETURN_IF_ERROR(OpenDataDir(invocation.data_dir).status());
  return Submit(options, spec, registry, invocation);
}

}  // namespace

void AddCopyCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* copy = app.add_subcommand("copy", "Copy records from one place to another");
  auto options = std::make_shared<CopyOptions>();
  AddWord(*copy, "EXPORT", &options->from, "A managed export, or a copy");
  AddWord(*copy, "OUT", &options->to, "A folder, also of a bucket, or - for standard output");
  AddKindFlags(*copy, &options->selection);
  AddLimitFlag(*copy, &options->selection);
  AddSourceFlags(*copy, &options->source);
  AddFromStoreFlags(*copy, &options->source.from_stores);
  AddSinkFlags(*copy, &options->sink);
  AddJsonFlag(*copy, &options->output.json);
  AddQuietFlag(*copy, &options->output.quiet);
  AddVerboseFlag(*copy, &options->output.verbose);
  AddWorkersFlag(*copy, &options->workers);
  AddAsyncFlags(*copy, &options->async, &options->queue, &options->max_tasks);
  copy->add_flag("--dry-run{metadata}", options->dry_run,
                 "Only say what would be done: from the metadata, or with --dry-run=scan by reading everything")
      ->check(CLI::IsMember({"metadata", "scan"}))
      ->option_text("[=scan]")
      ->group("How it runs");
  copy->footer(kFooter);
  copy->callback([options, invocation] {
    invocation->json = options->output.json;
    invocation->run = [options, invocation] { return Copy(*options, *invocation); };
  });
}

}  // namespace datahaul

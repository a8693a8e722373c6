#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "cli/exit_codes.h"
#include "cli/foreground.h"
#include "cli/job_facts.h"
#include "cli/job_home.h"
#include "cli/job_json.h"
#include "cli/job_report.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "job/engine.h"
#include "job/process.h"
#include "registry/registry.h"
#include "report/text_table.h"
#include "report/units.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul jobs list
  datahaul jobs get ID --json | jq .counters
  datahaul jobs resume ID            go on with an interrupted copy
  datahaul jobs cancel ID            stop it for good, and remove what it wrote
  datahaul jobs gc --older-than 1d   forget ended jobs

An ID may be shortened as long as it is unambiguous.
)";

constexpr Micros kPoll = 200'000;
constexpr Micros kSilence = 60'000'000;  // after which a job that is watched may have been abandoned

struct JobsOptions {
  std::string job;
  std::string older_than = "7d";
  int workers = 0;
  OutputOptions output;
};

// A data directory, its jobs, and the means to work on them.
class JobsCommand {
 public:
  static absl::StatusOr<std::unique_ptr<JobsCommand>> Open(const JobsOptions& options, const Invocation& invocation) {
    auto command = std::make_unique<JobsCommand>(options, SecretsIn(invocation.data_dir));
    DH_ASSIGN_OR_RETURN(JobHome home, OpenJobHome(invocation));
    command->store_ = std::move(home.store);
    command->run_.data_dir = std::move(home.place);
    command->run_.data_dir_flag = std::move(home.flag);
    command->run_.store = command->store_.get();
    return command;
  }

  JobsCommand(const JobsOptions& options, std::unique_ptr<Secrets> secrets)
      : options_(options), registry_(std::move(secrets)) {
    run_.registry = &registry_;
    run_.workers = options.workers;
    run_.output = options.output;
  }

  absl::StatusOr<int> List();
  absl::StatusOr<int> Get();
  absl::StatusOr<int> Watch();
  absl::StatusOr<int> Cancel();
  absl::StatusOr<int> Resume();
  absl::StatusOr<int> CollectGarbage();

 private:
  absl::StatusOr<Job> WaitForEnd(const std::string& id);
  absl::StatusOr<Job> CarryOutCancellation(const std::string& id);
  absl::Status Remove(Engine& engine, const Job& job);

  EngineOptions EngineFlags() const { return EngineOptionsOf(run_.data_dir, options_.workers); }

  const JobsOptions& options_;
  Registry registry_;
  std::unique_ptr<JobStore> store_;
  ForegroundRun run_;
};

absl::StatusOr<int> JobsCommand::List() {
  DH_ASSIGN_OR_RETURN(const std::vector<Job> jobs, store_->List());
  const Micros now = Clock::Real().Now();
  TextTable table({"id", "state", ">done", ">written", "created", "command"});
  for (const Job& job : jobs) {
    if (options_.output.json) {
      PrintOut(JobJson(job, now, JobJsonDetail::kSummary) + "\n");
      continue;
    }
    table.AddRow({job.id, ToString(job.state), HumanPercent(static_cast<uint64_t>(PartDone(job) * 1000), 1000),
                  HumanCount(job.counters.Total().written), HumanTime(job.created), job.spec.command});
  }
  if (!options_.output.json && !jobs.empty()) PrintOut(table.ToString());
  if (!options_.output.json && jobs.empty()) PrintErr(StrCat("no jobs in ", run_.data_dir, "\n"));
  return kExitDone;
}

absl::StatusOr<int> JobsCommand::Get() {
  DH_ASSIGN_OR_RETURN(const Job job, store_->Get(options_.job));
  const Micros now = Clock::Real().Now();
  if (options_.output.json) {
    PrintOut(JobJson(job, now, JobJsonDetail::kAll) + "\n");
    return kExitDone;
  }
  const std::string manifest = job.state == JobState::kSucceeded ? ManifestAddress(job.spec) : "";
  PrintOut(JobDetails(job, {.manifest = manifest, .verbose = options_.output.verbose, .now = now}));
  return kExitDone;
}

// Ctrl-C only stops watching: the default action of the signal does that.
absl::StatusOr<int> JobsCommand::Watch() {
  DH_ASSIGN_OR_RETURN(const Job job, store_->Get(options_.job));
  run_.job = job.id;
  DH_ASSIGN_OR_RETURN(const Job ended, WaitForEnd(job.id));
  return ReportEnd(run_, ended, false);
}

absl::StatusOr<Job> JobsCommand::WaitForEnd(const std::string& id) {
  Progress progress(options_.output);
  bool told = false;
  while (true) {
    DH_ASSIGN_OR_RETURN(Job job, store_->Get(id));
    const bool parked = job.state == JobState::kInterrupted && !job.cancel_requested;
    if (IsTerminal(job.state) || parked || OutputGone()) {
      progress.Clear();
      return job;
    }
    const Micros now = Clock::Real().Now();
    progress.Update(job, now);
    if (!told && now - job.updated > kSilence) {
      progress.Clear();
      PrintErr(StrCat("note: nothing has happened for a minute; if nobody works on it: datahaul jobs resume ", id,
                      run_.data_dir_flag, "\n"));
      told = true;
    }
    Clock::Real().Sleep(kPoll);
  }
}

absl::StatusOr<int> JobsCommand::Cancel() {
  DH_ASSIGN_OR_RETURN(const Job before, store_->Get(options_.job));
  DH_RETURN_IF_ERROR(store_->Cancel(before.id));
  DH_ASSIGN_OR_RETURN(const Job job, CarryOutCancellation(before.id));
  if (options_.output.json) {
    PrintOut(JobJson(job, Clock::Real().Now(), JobJsonDetail::kAll) + "\n");
  } else if (!options_.output.quiet) {
    PrintOut(StrCat("job ", job.id, " is ", ToString(job.state),
                    job.state == JobState::kCancelled ? ", and its output removed\n" : "\n"));
  }
  return job.state == JobState::kCancelled ? kExitDone : kExitFailed;
}

// Whoever works on the job does it; if nobody does, this process.
absl::StatusOr<Job> JobsCommand::CarryOutCancellation(const std::string& id) {
  DH_ASSIGN_OR_RETURN(const Job before, store_->Get(id));
  const absl::Status here = CheckHost(before, HostToken());
  if (!here.ok()) return before.state == JobState::kRunning ? WaitForEnd(id) : here;
  Engine engine(store_.get(), &registry_, &Clock::Real(), EngineFlags());
  absl::StatusOr<Job> job = engine.Run(id, nullptr);
  const bool held_elsewhere = !job.ok() && job.status().code() == absl::StatusCode::kFailedPrecondition;
  return held_elsewhere ? WaitForEnd(id) : job;
}

absl::StatusOr<int> JobsCommand::Resume() {
  DH_ASSIGN_OR_RETURN(const Job job, store_->Get(options_.job));
  DH_RETURN_IF_ERROR(CheckHost(job, job.spec.queue.empty() ? HostToken() : job.spec.host));
  DH_RETURN_IF_ERROR(store_->Resume(job.id));
  if (!job.spec.queue.empty()) {
    PrintErr(StrCat("job ", job.id, " waits for workers of queue ", job.spec.queue,
                    "; follow it with: datahaul jobs watch ", job.id, run_.data_dir_flag, "\n"));
    return kExitDone;
  }
  run_.job = job.id;
  return RunInForeground(run_);
}

absl::StatusOr<int> JobsCommand::CollectGarbage() {
  const std::optional<Micros> age = ParseDuration(options_.older_than);
  if (!age)
    return UsageError(StrCat("reading --older-than: expected a time such as 12h or 7d, found ", options_.older_than));
  DH_ASSIGN_OR_RETURN(const std::vector<Job> jobs, store_->List());
  Engine engine(store_.get(), &registry_, &Clock::Real(), EngineFlags());
  const Micros now = Clock::Real().Now();
  int code = kExitDone;
  for (const Job& job : jobs) {
    if (!IsTerminal(job.state) || job.finished > now - *age) continue;
    if (const absl::Status status = Remove(engine, job); !status.ok()) {
      PrintError(status, options_.output.json);
      code = ExitCodeOf(status);
    }
  }
  return code;
}

// A job that failed or was cancelled may have been killed before it could remove its output.
absl::Status JobsCommand::Remove(Engine& engine, const Job& job) {
  const bool left_output = job.state == JobState::kFailed || job.state == JobState::kCancelled;
  if (left_output) DH_RETURN_IF_ERROR(engine.Discard(job.id));
  DH_RETURN_IF_ERROR(store_->Remove(job.id));
  if (options_.output.json) {
    PrintOut(JsonWriter().BeginObject().Field("type", "removed").Field("job", job.id).EndObject().text() + "\n");
  } else if (!options_.output.quiet) {
    PrintOut(StrCat("removed job ", job.id, " (", ToString(job.state), ")\n"));
  }
  return absl::OkStatus();
}

using Action = absl::StatusOr<int> (JobsCommand::*)();

absl::StatusOr<int> RunAction(const JobsOptions& options, const Invocation& invocation, Action action) {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<JobsCommand> command, JobsCommand::Open(options, invocation));
  return (command.get()->*action)();
}

CLI::App* AddAction(CLI::App& jobs, const char* name, const char* help, const std::shared_ptr<JobsOptions>& options,
                    Action action, Invocation* invocation) {
  CLI::App* command = jobs.add_subcommand(name, help);
  AddJsonFlag(*command, &options->output.json);
  command->callback([options, action, invocation] {
    invocation->json = options->output.json;
    invocation->run = [options, action, invocation] { return RunAction(*options, *invocation, action); };
  });
  return command;
}

}  // namespace

void AddJobsCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* jobs = app.add_subcommand("jobs", "What ran, what runs, what can be resumed");
  jobs->require_subcommand(1);
  jobs->footer(kFooter);
  auto options = std::make_shared<JobsOptions>();
  const auto add = [&](const char* name, const char* help, Action action) {
    return AddAction(*jobs, name, help, options, action, invocation);
  };
  add("list", "All jobs, newest first", &JobsCommand::List);
  CLI::App* get = add("get", "All about a job", &JobsCommand::Get);
  CLI::App* watch = add("watch", "Follow a job until it ends", &JobsCommand::Watch);
  CLI::App* cancel = add("cancel", "Stop a job for good, and remove its output", &JobsCommand::Cancel);
  CLI::App* resume = add("resume", "Go on with an interrupted job", &JobsCommand::Resume);
  CLI::App* gc =
      add("gc", "Forget ended jobs, and remove what failed and cancelled ones left", &JobsCommand::CollectGarbage);
  for (CLI::App* command : {get, watch, cancel, resume}) {
    AddWord(*command, "ID", &options->job, "The job, as in `datahaul jobs list`");
  }
  for (CLI::App* command : {watch, cancel, resume, gc}) AddQuietFlag(*command, &options->output.quiet);
  for (CLI::App* command : {get, watch, resume}) AddVerboseFlag(*command, &options->output.verbose);
  AddWorkersFlag(*resume, &options->workers);
  gc->add_option("--older-than", options->older_than, "Only jobs that ended that long ago [7d]")->option_text("TIME");
}

}  // namespace datahaul

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "cli/exit_codes.h"
#include "cli/interrupt.h"
#include "cli/job_home.h"
#include "cli/options.h"
#include "cli/output.h"
#include "job/engine.h"
#include "registry/registry.h"
#include "report/text_table.h"
#include "report/units.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul worker --job-store postgresql://HOST/DATABASE
  datahaul worker --job-store postgresql://HOST/DATABASE --queues nightly,adhoc --concurrency 4
  datahaul worker --data-dir DIR            on one host, without a server

A worker takes up what `datahaul copy --async` submitted to its queues, beside other workers, until it is told to stop:
Ctrl-C or SIGTERM lets it finish its slices and give back its tasks; a second one ends it at once, which does no harm.
)";

constexpr Micros kWait = 1'000'000;      // for work, between two looks
constexpr Micros kTurn = 10'000'000;     // then another job that waits is served
constexpr Micros kAvoid = 10'000'000;    // a job in which there was nothing to do, or that failed here
constexpr Micros kTroubled = 2'000'000;  // between attempts while the store can't be reached

struct WorkerOptions {
  std::vector<std::string> queues = {std::string(kDefaultQueue)};
  int concurrency = 0;
  std::string lease = "30s";
  bool quiet = false;
};

EngineOptions WithLease(EngineOptions options, Micros lease) {
  options.lease = lease;
  return options;
}

class WorkerCommand {
 public:
  WorkerCommand(const WorkerOptions& options, Micros lease, JobHome home, std::unique_ptr<Secrets> secrets)
      : options_(options),
        home_(std::move(home)),
        engine_options_(WithLease(EngineOptionsOf(home_.place, options.concurrency), lease)),
        registry_(std::move(secrets)),
        engine_(home_.store.get(), &registry_, &Clock::Real(), engine_options_) {}

  int Run();

 private:
  void Say(std::string_view text) const {
    if (!options_.quiet) PrintErr(StrCat(text, "\n"));
  }
  absl::StatusOr<bool> ServeNext();
  ChooseOptions Choice(bool serve) const;
  bool OthersWait(const std::string& job);
  void Report(const Job& job) const;

  const WorkerOptions& options_;
  const JobHome home_;
  const EngineOptions engine_options_;
  Registry registry_;
  Engine engine_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::pair<std::string, Micros>> avoided_;  // jobs, and until when
};

int WorkerCommand::Run() {
  const Interrupt interrupt([this] {
    stopping_ = true;
    engine_.Drain();
  });
  Say(StrCat("working for queues ", absl::StrJoin(options_.queues, ", "), " of ", home_.place));
  while (!stopping_) {
    const absl::StatusOr<bool> served = ServeNext();
    if (!served.ok()) {
      PrintError(served.status(), false);
      Clock::Real().Sleep(kTroubled);
    } else if (!*served && !stopping_) {
      home_.store->WaitForWork(options_.queues, kWait);
    }
  }
  Say("stopped; what was begun is kept");
  return kExitDone;
}

ChooseOptions WorkerCommand::Choice(bool serve) const {
  ChooseOptions choice;
  choice.queues = options_.queues;
  choice.host = engine_options_.host;
  choice.program = engine_options_.program;
  choice.serve = serve;
  const Micros now = Clock::Real().Now();
  for (const auto& [job, until] : avoided_) {
    if (until > now) choice.except.push_back(job);
  }
  return choice;
}

// False if there is no job for this worker now.
absl::StatusOr<bool> WorkerCommand::ServeNext() {
  DH_ASSIGN_OR_RETURN(const std::optional<std::string> chosen, home_.store->Choose(Choice(true)));
  if (!chosen) return false;
  const Micros begin = Clock::Real().Now();
  Micros next_look = begin + kTurn;
  const absl::StatusOr<Job> job = engine_.Serve(*chosen, [&] {
    const Micros now = Clock::Real().Now();
    if (now < next_look) return false;
    next_look = now + kWait;
    return OthersWait(*chosen);
  });
  const Micros now = Clock::Real().Now();
  std::erase_if(avoided_, [now](const auto& avoided) { return avoided.second <= now; });
  // It had its turn; or there was nothing to do, or it can't be worked on here: then not at once again.
  if (!job.ok() || now - begin < kTurn) avoided_.emplace_back(*chosen, now + (job.ok() ? kWait : kAvoid));
  DH_RETURN_IF_ERROR(job.status());
  Report(*job);
  return true;
}

bool WorkerCommand::OthersWait(const std::string& job) {
  ChooseOptions choice = Choice(false);
  choice.except.push_back(job);
  const auto other = home_.store->Choose(choice);
  return other.ok() && other->has_value();
}

void WorkerCommand::Report(const Job& job) const {
  if (job.state == JobState::kQueued || job.state == JobState::kRunning) return;  // others go on, or it comes again
  Say(StrCat("job ", job.id, " is ", ToString(job.state), job.error.empty() ? "" : StrCat(": ", Printable(job.error))));
}

}  // namespace

void AddWorkerCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* worker = app.add_subcommand("worker", "Work on jobs that were left to workers");
  auto options = std::make_shared<WorkerOptions>();
  worker
      ->add_option("--queues", options->queues,
                   StrCat("Whose jobs to take up, separated by commas [", kDefaultQueue, "]"))
      ->delimiter(',')
      ->option_text("NAMES");
  worker->add_option("--concurrency", options->concurrency, "CPUs to keep busy [all]")
      ->check(CLI::Range(1, 1024))
      ->option_text("N");
  worker->add_option("--lease", options->lease, "How long a worker may be silent before others take its tasks [30s]")
      ->option_text("TIME");
  AddQuietFlag(*worker, &options->quiet);
  worker->footer(kFooter);
  worker->callback([options, invocation] {
    invocation->run = [options, invocation]() -> absl::StatusOr<int> {
      const std::optional<Micros> lease = ParseDuration(options->lease);
      if (!lease || *lease <= 0) {
        return UsageError(StrCat("reading --lease: expected a time such as 30s or 2m, found ", options->lease));
      }
      DH_ASSIGN_OR_RETURN(JobHome home, OpenJobHome(*invocation));
      return WorkerCommand(*options, *lease, std::move(home), SecretsIn(invocation->data_dir)).Run();
    };
  });
}

}  // namespace datahaul

#include "cli/foreground.h"

#include <functional>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/interrupt.h"
#include "cli/job_home.h"
#include "cli/job_json.h"
#include "cli/job_report.h"
#include "cli/loss_log.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/watched_connectors.h"
#include "job/engine.h"
#include "job/process.h"
#include "report/text_table.h"

namespace datahaul {
namespace {

std::string ResumeHint(const ForegroundRun& run) {
  if (run.data_dir.empty()) return "";
  return StrCat("; go on with: datahaul jobs resume ", run.job, run.data_dir_flag);
}

void PrintReport(const ForegroundRun& run, const Job& job) {
  ReportFacts facts{
      .verbose = run.output.verbose, .dry_run = run.dry_run, .one_run = run.is_new, .now = Clock::Real().Now()};
  const std::string manifest = ManifestAddress(job.spec);
  facts.manifest = manifest;
  const absl::StatusOr<std::unique_ptr<Sink>> sink = run.registry->OpenSink(job.spec);
  if (sink.ok()) facts.delivery = DeliveryText((*sink)->traits().delivery);
  const std::string report = JobReport(job, facts);
  run.report_to_stderr ? PrintErr(report) : PrintOut(report);
}

void PrintLosses(const ForegroundRun& run, const LossLog& losses) {
  if (run.output.quiet) return;
  for (const std::string& sentence : losses.sentences()) PrintErr(StrCat(Printable(sentence), "\n"));
}

// A new job that stopped before its first record has nothing worth resuming: the command can be given again.
absl::StatusOr<Job> EndUnlessBegun(const ForegroundRun& run, Engine& engine, Job job) {
  if (!run.is_new || job.state != JobState::kInterrupted || job.phase != Phase::kPlan) return job;
  const absl::Status why = WithRetry(absl::FailedPreconditionError(job.error), static_cast<Retry>(job.error_retry));
  DH_RETURN_IF_ERROR(run.store->Finish(job.id, ProcessName(), JobState::kFailed, why));
  engine.Discard(job.id).IgnoreError();  // why it could not begin is what matters; `jobs gc` tries again
  return run.store->Get(job.id);
}

std::string HowItEnded(const ForegroundRun& run, const Job& job, bool interrupted) {
  if (interrupted && job.state != JobState::kFailed && job.state != JobState::kCancelled) {
    return StrCat("interrupted", run.data_dir.empty() ? "" : ", and what was copied is kept", ResumeHint(run));
  }
  if (job.state == JobState::kCancelled) return StrCat("job ", job.id, " was cancelled, and its output removed");
  const std::string error = Printable(job.error.empty() ? StrCat("job ", job.id, " stopped") : job.error);
  return job.state == JobState::kInterrupted ? error + ResumeHint(run) : error;
}

}  // namespace

int ReportEnd(const ForegroundRun& run, const Job& job, bool interrupted) {
  const bool succeeded = job.state == JobState::kSucceeded;
  const bool stopped = interrupted && !IsTerminal(job.state);
  const int code = stopped ? kExitInterrupted : ExitCodeOf(job);
  if (run.output.json) PrintOut(FinishedEvent(job, code, Clock::Real().Now()));
  if (!succeeded) {
    PrintErr(StrCat("datahaul: ", HowItEnded(run, job, stopped), "\n"));
  } else if (!run.output.json && !run.output.quiet) {
    PrintReport(run, job);
  }
  return code;
}

absl::StatusOr<int> RunInForeground(const ForegroundRun& run) {
  LossLog losses;
  WatchedConnectors connectors(run.registry, &losses);
  Engine engine(run.store, &connectors, &Clock::Real(), EngineOptionsOf(run.data_dir, run.workers));
  Interrupt interrupt([&engine] { engine.Stop(); });
  Progress progress(run.output);
  absl::StatusOr<Job> job =
      engine.Run(run.job, [&progress](const Job& now) { progress.Update(now, Clock::Real().Now()); });
  progress.Clear();
  if (job.ok() && !interrupt.interrupted()) job = EndUnlessBegun(run, engine, *std::move(job));
  if (!job.ok()) return job.status();
  if (run.report_to_stderr && OutputGone()) return kExitDone;  // `| head` has seen enough
  PrintLosses(run, losses);
  return ReportEnd(run, *job, interrupt.interrupted());
}

}  // namespace datahaul

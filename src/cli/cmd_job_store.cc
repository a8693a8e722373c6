#include <cstdint>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/status.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/job_home.h"
#include "cli/options.h"
#include "cli/output.h"
#include "job/move_job.h"
#include "job/postgres_job_store.h"
#include "job/process.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul job-store migrate postgresql://HOST/DATABASE          makes its tables, or brings them up to date
  datahaul job-store copy DIR postgresql://HOST/DATABASE ID      a job goes on there, from where it is
  datahaul job-store limit nightly 8 --job-store postgresql://HOST/DATABASE

A store is a data directory or postgresql://[USER@]HOST[:PORT][,HOST…]/DATABASE. A password does not belong into it: give it in
~/.pgpass or PGPASSWORD.
)";

struct JobStoreOptions {
  std::string url, from, to, job, queue;
  uint64_t most_tasks = 0;
};

absl::StatusOr<int> Migrate(const JobStoreOptions& options) {
  DH_RETURN_IF_ERROR(MigratePostgresJobStore(options.url));
  return kExitDone;
}

// The files are where they were: on this host.
absl::StatusOr<int> CopyJob(const JobStoreOptions& options) {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<SqlDatabase> to, OpenJobDatabase(options.to));
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<SqlDatabase> from, OpenJobDatabase(options.from));
  const std::string host = IsPostgresUrl(options.to) ? HostToken() : "";
  DH_ASSIGN_OR_RETURN(const std::string id, MoveJob(*from, *to, options.job,
                                                    {.host = host, .queue = options.queue, .is_gone = ProcessIsGone}));
  PrintOut(StrCat("job ", id, " is now in ", options.to, "\n"));
  return kExitDone;
}

absl::StatusOr<int> Limit(const JobStoreOptions& options, const Invocation& invocation) {
  DH_ASSIGN_OR_RETURN(const JobHome home, OpenJobHome(invocation));
  DH_RETURN_IF_ERROR(home.store->LimitQueue(options.queue, options.most_tasks));
  return kExitDone;
}

}  // namespace

void AddJobStoreCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* command = app.add_subcommand("job-store", "Where jobs are remembered: tables, limits, moving jobs");
  command->require_subcommand(1);
  command->footer(kFooter);
  auto options = std::make_shared<JobStoreOptions>();
  CLI::App* migrate = command->add_subcommand("migrate", "Make the tables of a job store, or bring them up to date");
  AddWord(*migrate, "URL", &options->url, "postgresql://HOST/DATABASE");
  migrate->callback([options, invocation] { invocation->run = [options] { return Migrate(*options); }; });

  CLI::App* copy = command->add_subcommand("copy", "Move a job to another store, where it goes on");
  AddWord(*copy, "FROM", &options->from, "A data directory or URL");
  AddWord(*copy, "TO", &options->to, "A data directory or URL");
  AddWord(*copy, "ID", &options->job, "The job, as in `datahaul jobs list`");
  copy->add_option("--queue", options->queue, "Whose workers go on with it [none: jobs resume does]")
      ->option_text("NAME");
  copy->callback([options, invocation] { invocation->run = [options] { return CopyJob(*options); }; });

  CLI::App* limit = command->add_subcommand("limit", "Bound how many tasks of a queue are worked at once");
  AddWord(*limit, "QUEUE", &options->queue, "The queue");
  limit->add_option("N", options->most_tasks, "Tasks at once, in all processes; 0 takes the limit away")
      ->required()
      ->option_text(" ");
  limit->callback(
      [options, invocation] { invocation->run = [options, invocation] { return Limit(*options, *invocation); }; });
}

}  // namespace datahaul

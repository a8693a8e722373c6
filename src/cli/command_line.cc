#include "cli/command_line.h"

#include <algorithm>
#include <memory>
#include <signal.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include <CLI/CLI.hpp>

#include "base/status.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/output.h"
#include "job/postgres_job_store.h"
#include "registry/version.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul inspect EXPORT                           what is in it
  datahaul copy EXPORT OUT                          lossless typed NDJSON, one file for each kind
  datahaul copy EXPORT OUT --format ndjson          for jq, BigQuery, DuckDB, pandas
  datahaul verify EXPORT OUT                        was anything lost?

An EXPORT is a managed export of Datastore or Firestore: its folder, its .overall_export_metadata file, a partition's
.export_metadata file, or bare output-* files. `datahaul help COMMAND` tells more.
)";

// Plain words stay as they are; anything a shell would take apart is put into single quotes.
std::string Quoted(std::string_view word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) return std::string(word);
  return StrCat("'", absl::StrReplaceAll(std::string(word), {{"'", "'\\''"}}), "'");
}

std::string Words(int argc, char** argv) {
  std::string words = "datahaul";
  for (int i = 1; i < argc; ++i) StrAppend(&words, " ", Quoted(argv[i]));
  return words;
}

// Without the notation by which flags with a default value are declared.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, positional);
    return name.substr(0, name.find('{'));
  }
};

// As the parser wants them: the last first. It takes an empty value behind "=" for none, which --namespace= means.
std::vector<std::string> Arguments(int argc, char** argv) {
  constexpr std::string_view kEmptyNamespace = "--namespace=";
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {
    if (argv[i] != kEmptyNamespace) {
      arguments.emplace_back(argv[i]);
      continue;
    }
    arguments.emplace_back();
    arguments.emplace_back("--namespace");
  }
  return arguments;
}

void Declare(CLI::App& app, Invocation* invocation) {
  app.set_version_flag("--version", kProgramVersion, "Print the version");
  app.set_help_flag("-h,--help", "Print this help");
  AddDataDirFlag(app, &invocation->data_dir);
  AddJobStoreFlag(app, &invocation->job_store);
  app.fallthrough();  // commands inherit it: program-wide flags may stand behind the command, too
  app.formatter(std::make_shared<HelpFormatter>());
  app.require_subcommand(1);
  app.footer(kFooter);
  AddCopyCommand(app, invocation);
  AddInspectCommand(app, invocation);
  AddCatCommand(app, invocation);
  AddVerifyCommand(app, invocation);
  AddSchemaCommand(app, invocation);
  AddJobsCommand(app, invocation);
  AddWorkerCommand(app, invocation);
  AddJobStoreCommand(app, invocation);
  AddSecretsCommand(app, invocation);
  AddCompletionCommand(app, invocation);
  AddHelpCommand(app, invocation);
}

// The command that the error is about, for the hint.
std::string HelpHint(const CLI::App& app) {
  std::string command = "datahaul";
  for (const CLI::App* at = &app; at != nullptr;) {
    const auto chosen = at->get_subcommands();
    at = chosen.empty() ? nullptr : chosen.front();
    if (at != nullptr) StrAppend(&command, " ", at->get_name());
  }
  return StrCat("; see ", command, " --help");
}

// Help and version are "errors" to the parser, too.
int ReportParse(const CLI::App& app, const CLI::ParseError& error, bool json) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(error);
    return kExitDone;
  }
  PrintError(UsageError(StrCat(error.what(), HelpHint(app))), json);
  return kExitUsage;
}

// A job store that is a folder is a data directory by another name.
absl::Status SettleJobStore(Invocation* invocation) {
  if (invocation->job_store.empty() || IsPostgresUrl(invocation->job_store)) return absl::OkStatus();
  if (!invocation->data_dir.empty()) {
    return UsageError("reading --job-store and --data-dir: both say in which folder jobs are; give one of the two");
  }
  invocation->data_dir = std::move(invocation->job_store);
  invocation->job_store.clear();
  return absl::OkStatus();
}

bool AsksForJson(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // writing tells: see PrintOut
  Invocation invocation;
  invocation.words = Words(argc, argv);
  CLI::App app("Moves operational data in bulk: whole, typed, fast, and provably complete.", "datahaul");
  Declare(app, &invocation);
  try {
    app.parse(Arguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    return ReportParse(app, error, AsksForJson(argc, argv));
  }
  const absl::Status settled = SettleJobStore(&invocation);
  const absl::StatusOr<int> code = settled.ok() ? invocation.run() : settled;
  if (code.ok()) return *code;
  if (OutputGone()) return kExitDone;
  PrintError(code.status(), invocation.json);
  return ExitCodeOf(code.status());
}

}  // namespace datahaul

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include <CLI/CLI.hpp>

#include "base/status.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/output.h"

namespace datahaul {
namespace {

const CLI::App* FindCommand(const CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&name](const CLI::App* command) { return command->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

absl::StatusOr<int> Help(const CLI::App& app, const std::vector<std::string>& names) {
  const CLI::App* command = &app;
  for (const std::string& name : names) {
    command = FindCommand(*command, name);
    if (command == nullptr) {
      return UsageError(StrCat("helping with ", absl::StrJoin(names, " "), ": no such command; see datahaul --help"));
    }
  }
  const std::string name = StrCat("datahaul", names.empty() ? "" : " ", absl::StrJoin(names, " "));
  PrintOut(command->get_formatter()->make_help(command, name, CLI::AppFormatMode::Normal));
  return kExitDone;
}

}  // namespace

void AddHelpCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* help = app.add_subcommand("help", "Help with a command");
  auto names = std::make_shared<std::vector<std::string>>();
  help->add_option("command", *names, "The command, as in: help jobs gc");
  help->callback([&app, names, invocation] { invocation->run = [&app, names] { return Help(app, *names); }; });
}

}  // namespace datahaul

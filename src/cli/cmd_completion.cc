#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/exit_codes.h"
#include "cli/output.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  source <(datahaul completion bash)                                       in ~/.bashrc
  datahaul completion zsh > "${fpath[1]}/_datahaul"
  datahaul completion fish > ~/.config/fish/completions/datahaul.fish
)";

}  // namespace

void AddCompletionCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* completion = app.add_subcommand("completion", "A script that completes commands in a shell");
  auto shell = std::make_shared<std::string>();
  completion->add_option("shell", *shell, "The shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->option_text("bash|zsh|fish");
  completion->footer(kFooter);
  completion->callback([&app, shell, invocation] {
    invocation->run = [&app, shell]() -> absl::StatusOr<int> {
      PrintOut(CompletionScript(app, *shell));
      return kExitDone;
    };
  });
}

}  // namespace datahaul

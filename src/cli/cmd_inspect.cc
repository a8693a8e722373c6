#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/status.h"
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/read_progress.h"
#include "registry/registry.h"
#include "report/inspect.h"
#include "report/inspection_text.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul inspect EXPORT
  datahaul inspect EXPORT --kind Order --json
)";

struct InspectCommand {
  std::string address;
  SelectionOptions selection;
  SourceOptions source;
  int workers = 0;
  bool json = false;
};

absl::StatusOr<int> RunInspect(const InspectCommand& command, const std::string& data_dir) {
  JobSpec spec{.source = command.address};
  AppendOptions(command.source, &spec.options);
  Registry registry(SecretsIn(data_dir));
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, registry.OpenSource(spec));
  InspectOptions options;
  options.selection = command.selection.ToSelection();
  options.scan.workers = command.workers;
  ReadProgress progress({.json = command.json});
  options.scan.on_read = [&progress](uint64_t bytes) { progress.Add(bytes); };
  DH_ASSIGN_OR_RETURN(const Inspection inspection, Inspect(*source, options));
  progress.Clear();
  PrintOut(command.json ? InspectionJson(inspection, command.address) : InspectionTables(inspection, command.address));
  return inspection.scan.rejects + inspection.scan.lost_ranges == 0 ? kExitDone : kExitDoneWithLoss;
}

}  // namespace

void AddInspectCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* inspect = app.add_subcommand("inspect", "Namespaces, kinds, counts, fields with types and presence, sizes");
  auto command = std::make_shared<InspectCommand>();
  AddWord(*inspect, "EXPORT", &command->address, "A managed export or typed NDJSON");
  AddKindFlags(*inspect, &command->selection);
  AddSourceFlags(*inspect, &command->source);
  AddWorkersFlag(*inspect, &command->workers);
  AddJsonFlag(*inspect, &command->json);
  inspect->footer(kFooter);
  inspect->callback([command, invocation] {
    invocation->json = command->json;
    invocation->run = [command, invocation] { return RunInspect(*command, invocation->data_dir); };
  });
}

}  // namespace datahaul

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/json_writer.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/read_progress.h"
#include "model/schema_json.h"
#include "registry/earlier_schema.h"
#include "registry/registry.h"
#include "report/schema_scan.h"
#include "schema/drift.h"
#include "schema/plan.h"
#include "schema/render.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul schema EXPORT                                    the columns that a copy as csv or parquet has
  datahaul schema EXPORT --kind Order --as sql              a CREATE TABLE
  datahaul schema EXPORT --as bigquery --kind Order > order.json
  datahaul schema EXPORT --against OUT/manifest.json        what changed since OUT was written; exit code 1 if it breaks

What was decided, and what differs, is told on standard error.
)";

struct SchemaCommand {
  std::string address;
  SelectionOptions selection;
  SourceOptions source;
  std::string form = "json";
  std::string policy = "json";
  std::string against;
  int workers = 0;
  OutputOptions output;
};

void AddPlace(const KindName& kind, std::string_view path, JsonWriter* json) {
  json->Field("namespace", kind.ns).Field("kind", kind.kind).Field("path", path);
}

std::string Json(const SchemaPlan& plan, const std::vector<Difference>& differences) {
  JsonWriter json;
  json.BeginObject().Key("schema").Raw(ToJson(plan.schema)).Key("decisions").BeginArray();
  for (const Decision& decision : plan.decisions) {
    AddPlace(decision.kind, decision.path, &json.BeginObject());
    json.Field("what", decision.what).EndObject();
  }
  json.EndArray().Key("differences").BeginArray();
  for (const Difference& difference : differences) {
    AddPlace(difference.kind, difference.path, &json.BeginObject());
    json.Field("drift", DriftName(difference.drift)).Field("what", difference.what).EndObject();
  }
  return StrCat(json.EndArray().EndObject().text(), "\n");
}

std::string Remarks(const SchemaPlan& plan, const std::vector<Difference>& differences) {
  std::string text;
  for (const Decision& decision : plan.decisions) {
    StrAppend(&text, PlaceOf(decision.kind, decision.path), ": ", decision.what, "\n");
  }
  for (const Difference& difference : differences) {
    StrAppend(&text, DriftName(difference.drift), ": ", PlaceOf(difference.kind, difference.path), ": ",
              difference.what, "\n");
  }
  return text;
}

bool Breaks(const std::vector<Difference>& differences) {
  return std::any_of(differences.begin(), differences.end(),
                     [](const Difference& difference) { return difference.drift == Drift::kBreaking; });
}

absl::StatusOr<int> RunSchema(const SchemaCommand& command, const std::string& data_dir) {
  JobSpec spec{.source = command.address};
  AppendOptions(command.source, &spec.options);
  Registry registry(SecretsIn(data_dir));
  std::optional<Schema> earlier;
  if (!command.against.empty()) {
    DH_ASSIGN_OR_RETURN(earlier, ReadEarlierSchema(registry.StoreFor(spec), command.against));
  }
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, registry.OpenSource(spec));
  ReadProgress progress(command.output);
  const ScanOptions options{.workers = command.workers,
                            .on_read = [&progress](uint64_t bytes) { progress.Add(bytes); }};
  DH_ASSIGN_OR_RETURN(const SchemaScan scan, ScanSchema(*source, command.selection.ToSelection(), options));
  progress.Clear();
  const SchemaPlan plan = PlanSchema(scan.sketch, *ParseConflictPolicy(command.policy));
  std::vector<Difference> differences;
  if (earlier) differences = Compare(*earlier, plan.schema);
  if (command.output.json) {
    PrintOut(Json(plan, differences));
  } else {
    PrintOut(StrCat(Render(plan.schema, *ParseSchemaForm(command.form)), "\n"));
    if (!command.output.quiet) PrintErr(Remarks(plan, differences));
  }
  for (const std::string& problem : scan.scan.problems) PrintErr(StrCat("datahaul: ", problem, "\n"));
  if (Breaks(differences)) return kExitFailed;
  return scan.scan.rejects + scan.scan.lost_ranges == 0 ? kExitDone : kExitDoneWithLoss;
}

}  // namespace

void AddSchemaCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* schema = app.add_subcommand("schema", "The columns that records have as a table, and how they changed");
  auto command = std::make_shared<SchemaCommand>();
  AddWord(*schema, "SOURCE", &command->address, "A managed export, or a copy");
  AddKindFlags(*schema, &command->selection);
  AddSourceFlags(*schema, &command->source);
  AddSchemaFlags(*schema, &command->form, &command->policy, &command->against);
  AddWorkersFlag(*schema, &command->workers);
  AddJsonFlag(*schema, &command->output.json);
  AddQuietFlag(*schema, &command->output.quiet);
  schema->footer(kFooter);
  schema->callback([command, invocation] {
    invocation->json = command->output.json;
    invocation->run = [command, invocation] { return RunSchema(*command, invocation->data_dir); };
  });
}

}  // namespace datahaul

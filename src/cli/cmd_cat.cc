#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "cli/exit_codes.h"
#include "cli/loss_log.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/pretty_json.h"
#include "cli/watched_connectors.h"
#include "model/format.h"
#include "registry/names.h"
#include "registry/registry.h"
#include "report/text_table.h"
#include "report/walk.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul cat EXPORT --kind Order --limit 5
  datahaul cat EXPORT --kind Order --json | jq .total
  datahaul cat EXPORT --format typed-ndjson | head -1
)";

struct CatOptions {
  std::string source_address;
  SelectionOptions selection;
  SourceOptions source;
  std::string format;  // "" = indented for people, or plain NDJSON with --json
  bool json = false;
};

// Prints records as lines, or indented with an empty line between.
class RecordPrinter {
 public:
  RecordPrinter(const Format& format, bool pretty) : encoder_(format.NewEncoder({})), pretty_(pretty) {}

  // False when nobody reads any more.
  absl::StatusOr<bool> Print(const Record& record) {
    line_.clear();
    Hash128 unused;
    DH_RETURN_IF_ERROR(encoder_->Append(record, &line_, &unused));
    if (pretty_) {
      out_.Append(PrettyJson(line_.view().substr(0, line_.size() - 1)));  // without the line end
      out_.Append("\n");
    } else {
      out_.Append(line_.view());
    }
    return !OutputGone();
  }

 private:
  const std::unique_ptr<Encoder> encoder_;
  const bool pretty_;
  ByteBuffer line_;
  OutBuffer out_;
};

// What was passed over because of --on-corrupt=skip. Returns the exit code.
ExitCode TellLosses(const LossLog& losses) {
  for (const std::string& sentence : losses.sentences()) PrintErr(StrCat(Printable(sentence), "\n"));
  return losses.sentences().empty() ? kExitDone : kExitDoneWithLoss;
}

absl::StatusOr<int> Cat(const CatOptions& options, const std::string& data_dir) {
  JobSpec spec{.source = options.source_address, .selection = options.selection.ToSelection()};
  AppendOptions(options.source, &spec.options);
  Registry registry(SecretsIn(data_dir));
  LossLog losses;
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, WatchedConnectors(&registry, &losses).OpenSource(spec));
  const bool pretty = options.format.empty() && !options.json;
  DH_ASSIGN_OR_RETURN(const Format* format, FindSinkFormat(options.format.empty() ? "ndjson" : options.format));
  {
    RecordPrinter printer(*format, pretty);
    DH_RETURN_IF_ERROR(Walk(*source, spec.selection, [&](const Record& record) { return printer.Print(record); }));
  }
  return TellLosses(losses);
}

}  // namespace

void AddCatCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* cat = app.add_subcommand("cat", "Print records");
  auto options = std::make_shared<CatOptions>();
  AddWord(*cat, "EXPORT", &options->source_address, "A managed export or typed NDJSON");
  AddKindFlags(*cat, &options->selection);
  AddLimitFlag(*cat, &options->selection);
  AddSourceFlags(*cat, &options->source);
  cat->add_option("--format", options->format, "Lines of this format, instead of indented JSON")
      ->check(CLI::IsMember(SinkFormatNames()))
      ->option_text("ndjson|typed-ndjson");
  cat->add_flag("--json", options->json, "One JSON object a line (plain NDJSON)");
  cat->footer(kFooter);
  cat->callback([options, invocation] {
    invocation->json = false;  // standard output is for records
    invocation->run = [options, invocation] { return Cat(*options, invocation->data_dir); };
  });
}

}  // namespace datahaul

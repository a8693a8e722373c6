#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/bytes.h"
#include "base/status.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/pretty_json.h"
#include "model/format.h"
#include "registry/names.h"
#include "registry/registry.h"
#include "report/walk.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul cat EXPORT --kind Order --limit 5
  datahaul cat EXPORT --kind Order --json | jq .total
  datahaul cat EXPORT --format typed-ndjson | head -1
)";

constexpr size_t kWriteBytes = 64 << 10;

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
    DH_RETURN_IF_ERROR(encoder_->Append(record, pretty_ ? &line_ : &pending_, &unused));
    if (pretty_) {
      pending_.Append(PrettyJson({line_.data(), line_.size() - 1}));  // without the line end
      pending_.Append("\n");
    }
    if (pending_.size() >= kWriteBytes) Flush();
    return !OutputGone();
  }

  void Flush() {
    PrintOut(pending_.view());
    pending_.clear();
  }

 private:
  const std::unique_ptr<Encoder> encoder_;
  const bool pretty_;
  ByteBuffer line_;
  ByteBuffer pending_;
};

absl::StatusOr<int> Cat(const CatOptions& options) {
  JobSpec spec{.source = options.source_address, .selection = options.selection.ToSelection()};
  AppendOptions(options.source, &spec.options);
  Registry registry;
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, registry.OpenSource(spec));
  const bool pretty = options.format.empty() && !options.json;
  DH_ASSIGN_OR_RETURN(const Format* format, FindSinkFormat(options.format.empty() ? "ndjson" : options.format));
  RecordPrinter printer(*format, pretty);
  const absl::Status status =
      Walk(*source, spec.selection, [&](const Record& record) { return printer.Print(record); });
  printer.Flush();
  if (!status.ok()) return status;
  return kExitDone;
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
    invocation->run = [options] { return Cat(*options); };
  });
}

}  // namespace datahaul

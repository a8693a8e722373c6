#include <cstdint>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/status.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/read_progress.h"
#include "registry/address.h"
#include "registry/names.h"
#include "registry/registry.h"
#include "report/dataset_opener.h"
#include "report/verification_text.h"
#include "report/verify.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul verify EXPORT OUT                    is the copy complete?
  datahaul verify EXPORT OUT/manifest.json      the same, by the digests stored when it was written
  datahaul verify EXPORT1 EXPORT2 --kind Order --max-differences 0

Exit codes: 0 equal, 1 different, 3 equal as far as both could be read.
)";

struct VerifyCommand {
  std::string a, b;
  SelectionOptions selection;
  SourceOptions source;
  uint64_t max_differences = 100;
  int workers = 0;
  OutputOptions output;
};

// Prints the keys that differ as they are found, up to a number of them.
class DifferencePrinter {
 public:
  DifferencePrinter(const VerifyCommand& command, ReadProgress* progress) : command_(command), progress_(progress) {}

  absl::Status Print(const KindName& kind, const Difference& difference) {
    if (command_.max_differences != 0 && printed_ == command_.max_differences) return absl::OkStatus();
    ++printed_;
    progress_->Clear();
    out_.Append(command_.output.json ? DifferenceJson(kind, difference) : DifferenceText(kind, difference));
    return absl::OkStatus();
  }

  void Flush() { out_.Flush(); }

 private:
  const VerifyCommand& command_;
  ReadProgress* const progress_;
  OutBuffer out_;
  uint64_t printed_ = 0;
};

ExitCode CodeOf(const Verification& verification) {
  if (!verification.equal()) return kExitFailed;
  return verification.a.unreadable() || verification.b.unreadable() ? kExitDoneWithLoss : kExitDone;
}

absl::StatusOr<int> RunVerify(const VerifyCommand& command, const std::string& data_dir) {
  Registry registry(SecretsIn(data_dir));
  DatasetOpener opener_a{.connectors = &registry, .is_lossless = IsLossless}, opener_b = opener_a;
  AppendOptions(command.source, &opener_a.spec.options);
  opener_a.store = &registry.SourceStoreFor(opener_a.spec);
  SourceOptions of_b = command.source;
  of_b.from_stores = {};
  AppendOptions(of_b, &opener_b.spec.options);
  opener_b.store = &registry.StoreFor(opener_b.spec);
  DH_ASSIGN_OR_RETURN(const std::string address_a, AbsoluteAddress(command.a));
  DH_ASSIGN_OR_RETURN(const std::string address_b, AbsoluteAddress(command.b));
  DH_ASSIGN_OR_RETURN(Dataset a, opener_a.Open(address_a));
  DH_ASSIGN_OR_RETURN(Dataset b, opener_b.Open(address_b));
  ReadProgress progress(command.output);
  DifferencePrinter printer(command, &progress);
  VerifyOptions options;
  options.selection = command.selection.ToSelection();
  options.scan.workers = command.workers;
  options.name_keys = command.output.json || !command.output.quiet;
  options.scan.on_read = [&progress](uint64_t bytes) { progress.Add(bytes); };
  options.on_difference = [&printer](const KindName& kind, const Difference& difference) {
    return printer.Print(kind, difference);
  };
  DH_ASSIGN_OR_RETURN(const Verification verification, Verify(a, b, options));
  progress.Clear();
  printer.Flush();
  const ExitCode code = CodeOf(verification);
  if (command.output.json) {
    PrintOut(VerificationJson(verification, code));
  } else if (!command.output.quiet) {
    PrintOut(VerificationText(verification, command.max_differences, command.output.verbose));
  }
  return code;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* verify = app.add_subcommand("verify", "Are these two the same data? If not, which records differ?");
  auto command = std::make_shared<VerifyCommand>();
  AddWord(*verify, "A", &command->a, "An export, an output folder or file, or a manifest.json");
  AddWord(*verify, "B", &command->b, "What to compare it with");
  AddKindFlags(*verify, &command->selection);
  AddSourceFlags(*verify, &command->source);
  AddFromStoreFlags(*verify, &command->source.from_stores);
  AddWorkersFlag(*verify, &command->workers);
  verify->add_option("--max-differences", command->max_differences, "Name up to N keys; 0 = all [100]")
      ->option_text("N");
  AddJsonFlag(*verify, &command->output.json);
  AddQuietFlag(*verify, &command->output.quiet);
  AddVerboseFlag(*verify, &command->output.verbose);
  verify->footer(kFooter);
  verify->callback([command, invocation] {
    invocation->json = command->output.json;
    invocation->run = [command, invocation] { return RunVerify(*command, invocation->data_dir); };
  });
}

}  // namespace datahaul

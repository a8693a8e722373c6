#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include <CLI/CLI.hpp>

#include "base/json_writer.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/ask_secretly.h"
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "io/file.h"
#include "objects/environment.h"
#include "report/text_table.h"
#include "secrets/encryption_key.h"
#include "secrets/secret_store.h"

namespace datahaul {
namespace {

constexpr char kFooter[] = R"(
Examples:
  datahaul secrets make-key                                   once: the key that secrets are encrypted with
  datahaul secrets set nightly access-key-id secret-access-key    asks for both
  datahaul secrets set warehouse --from-file key.json=./service-account.json
  datahaul copy EXPORT s3://BUCKET/PREFIX --s3-secret nightly

Secrets are files in the data directory, encrypted. The key is taken from DATAHAUL_SECRETS_KEY, the file DATAHAUL_SECRETS_KEY_FILE,
what DATAHAUL_SECRETS_KEY_COMMAND prints, or the file that make-key makes, the first that is there.
)";

struct SecretsOptions {
  std::string name, key_file;
  std::vector<std::string> asked, files, literals;
  bool json = false;
};

absl::StatusOr<int> MakeKey(const SecretsOptions& options) {
  std::string path = options.key_file;
  if (path.empty()) {
    DH_ASSIGN_OR_RETURN(path, EncryptionKey::DefaultFile(ProcessEnvironment()));
  }
  DH_RETURN_IF_ERROR(EncryptionKey::MakeFile(path));
  PrintErr(StrCat("made ", path, "; keep a copy: without it, what is stored with it is lost",
                  options.key_file.empty() ? "" : StrCat("\nset DATAHAUL_SECRETS_KEY_FILE=", path), "\n"));
  return kExitDone;
}

absl::StatusOr<std::string> ReadStandardInput() {
  std::string all;
  for (;;) {
    absl::StatusOr<std::string> line = AskSecretly("standard input");
    if (!line.ok()) return all;
    StrAppend(&all, *line, "\n");
  }
}

// Editors and `echo` end a file with a line end, which is no part of a password.
absl::StatusOr<std::string> ReadValue(const std::string& path) {
  std::string value;
  if (path == "-") {
    DH_ASSIGN_OR_RETURN(value, ReadStandardInput());
  } else {
    DH_ASSIGN_OR_RETURN(value, ReadFile(path));
  }
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  return value;
}

// KEY=REST. What stands behind the '=' may be secret: it is not shown.
absl::StatusOr<std::pair<std::string, std::string>> Split(std::string_view flag, const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == word.npos || equals == 0) {
    return UsageError(StrCat("reading ", flag, ": expected KEY=…, found ", equals == 0 ? "no key" : "no '='"));
  }
  return std::pair(word.substr(0, equals), word.substr(equals + 1));
}

absl::Status Add(std::string key, std::string value, SecretValues* values) {
  if (values->emplace(key, std::move(value)).second) return absl::OkStatus();
  return UsageError(StrCat("storing a secret: its key ", key, " was given twice"));
}

absl::StatusOr<SecretValues> ValuesOf(const SecretsOptions& options) {
  SecretValues values;
  for (const std::string& word : options.files) {
    DH_ASSIGN_OR_RETURN(auto pair, Split("--from-file", word));
    DH_ASSIGN_OR_RETURN(std::string value, ReadValue(pair.second));
    DH_RETURN_IF_ERROR(Add(std::move(pair.first), std::move(value), &values));
  }
  for (const std::string& word : options.literals) {
    DH_ASSIGN_OR_RETURN(auto pair, Split("--literal", word));
    DH_RETURN_IF_ERROR(Add(std::move(pair.first), std::move(pair.second), &values));
  }
  for (const std::string& key : options.asked) {
    DH_ASSIGN_OR_RETURN(std::string value, AskSecretly(key));
    DH_RETURN_IF_ERROR(Add(key, std::move(value), &values));
  }
  if (values.empty()) {
    return UsageError(StrCat("storing the secret ", options.name,
                             ": expected values, found none; name the keys to be asked for, or "
                             "give --from-file KEY=PATH"));
  }
  return values;
}

absl::StatusOr<int> Set(const SecretsOptions& options, const Invocation& invocation) {
  if (!options.literals.empty()) {
    PrintErr(
        "datahaul: warning: --literal shows the value to everybody who lists this machine's processes, and in the "
        "shell's "
        "history\n");
  }
  KeepMemoryPrivate();
  DH_ASSIGN_OR_RETURN(const SecretStore secrets, OpenSecrets(invocation.data_dir));
  // Before anything is asked for.
  DH_RETURN_IF_ERROR(CheckSecretName(options.name));
  for (const std::string& key : options.asked) DH_RETURN_IF_ERROR(CheckSecretKey(key));
  DH_RETURN_IF_ERROR(EncryptionKey::Load(ProcessEnvironment()).status());
  DH_ASSIGN_OR_RETURN(const SecretValues values, ValuesOf(options));
  DH_RETURN_IF_ERROR(secrets.Set(options.name, values));
  return kExitDone;
}

absl::StatusOr<int> List(const SecretsOptions& options, const Invocation& invocation) {
  DH_ASSIGN_OR_RETURN(const SecretStore secrets, OpenSecrets(invocation.data_dir));
  DH_ASSIGN_OR_RETURN(const std::vector<SecretInfo> all, secrets.List());
  TextTable table({"name", "keys"});
  for (const SecretInfo& secret : all) {
    table.AddRow({secret.name, absl::StrJoin(secret.keys, ", ")});
    if (!options.json) continue;
    JsonWriter json;
    json.BeginObject().Field("name", secret.name).Key("keys").BeginArray();
    for (const std::string& key : secret.keys) json.Value(key);
    PrintOut(json.EndArray().EndObject().text() + "\n");
  }
  if (!options.json && !all.empty()) PrintOut(table.ToString());
  if (!options.json && all.empty()) PrintErr("no secrets; `datahaul help secrets` shows how to store one\n");
  return kExitDone;
}

absl::StatusOr<int> Remove(const SecretsOptions& options, const Invocation& invocation) {
  DH_ASSIGN_OR_RETURN(const SecretStore secrets, OpenSecrets(invocation.data_dir));
  DH_RETURN_IF_ERROR(secrets.Remove(options.name));
  return kExitDone;
}

}  // namespace

void AddSecretsCommand(CLI::App& app, Invocation* invocation) {
  CLI::App* command = app.add_subcommand("secrets", "Credentials that jobs name instead of holding");
  command->require_subcommand(1);
  command->footer(kFooter);
  auto options = std::make_shared<SecretsOptions>();

  CLI::App* key = command->add_subcommand("make-key", "Make the key that secrets are encrypted with");
  key->add_option("--file", options->key_file, "Where [$XDG_CONFIG_HOME/datahaul/secrets.key or ~/.config/…]")
      ->option_text("PATH");
  key->callback([options, invocation] { invocation->run = [options] { return MakeKey(*options); }; });

  CLI::App* set = command->add_subcommand("set", "Store a secret, in place of what has its name");
  AddWord(*set, "NAME", &options->name, "What jobs call it");
  set->add_option("KEY", options->asked,
                  "Its keys, whose values are asked for, or read from standard input, a line each");
  set->add_option("--from-file", options->files,
                  "A value from a file, without the line end at its end; - is standard input")
      ->option_text("KEY=PATH")
      ->allow_extra_args(false);
  set->add_option("--literal", options->literals, "A value as it stands, for everybody on this machine to see")
      ->option_text("KEY=VALUE")
      ->allow_extra_args(false);
  set->callback(
      [options, invocation] { invocation->run = [options, invocation] { return Set(*options, *invocation); }; });

  CLI::App* list = command->add_subcommand("list", "Show names and keys, no values");
  AddJsonFlag(*list, &options->json);
  list->callback([options, invocation] {
    invocation->json = options->json;
    invocation->run = [options, invocation] { return List(*options, *invocation); };
  });

  CLI::App* remove = command->add_subcommand("rm", "Remove a secret");
  AddWord(*remove, "NAME", &options->name, "Its name");
  remove->callback(
      [options, invocation] { invocation->run = [options, invocation] { return Remove(*options, *invocation); }; });
}

}  // namespace datahaul

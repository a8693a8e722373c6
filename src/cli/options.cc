#include "cli/options.h"

#include "absl/strings/str_join.h"
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "registry/names.h"
#include "registry/registry.h"

namespace datahaul {
namespace {

constexpr char kOutputGroup[] = "What is printed";
constexpr char kSelectionGroup[] = "What is read";
constexpr char kStoreGroup[] = "Buckets (s3://…, gs://…, az://…)";
constexpr char kFromGroup[] = "Buckets of the source alone";
constexpr char kSinkGroup[] = "How it is written";
constexpr char kTableGroup[] = "Tables (csv, parquet)";
constexpr char kJobGroup[] = "How it runs";

CLI::Option* AddChoice(CLI::App& command, const char* name, std::string* value, const std::vector<std::string>& choices,
                       const std::string& help) {
  const std::string described = value->empty() ? help : help + " [" + *value + "]";
  return command.add_option(name, *value, described)
      ->check(CLI::IsMember(choices))
      ->option_text(absl::StrJoin(choices, "|"));
}

CLI::Option* AddRepeatable(CLI::App& command, const char* name, std::vector<std::string>* values,
                           const std::string& help) {
  return command.add_option(name, *values, help)->allow_extra_args(false);
}

void AddPolicyFlag(CLI::App& command, std::string* policy) {
  AddChoice(command, "--policy", policy, ConflictPolicyNames(),
            std::string("Where a field has values of several types: JSON text, doubles for integers and doubles, or a "
                        "column for each") +
                (policy->empty() ? " [json]" : ""))
      ->group(kTableGroup);
}

void AddAgainstFlag(CLI::App& command, std::string* against) {
  command.add_option("--against", *against, "Compare the columns with those of an earlier copy: its manifest.json")
      ->option_text("MANIFEST")
      ->group(kTableGroup);
}

void AddTableFlags(CLI::App& command, SinkOptions* options) {
  command.add_option("--delimiter", options->delimiter, "Between cells of CSV: one character, or tab [,]")
      ->option_text("CHARACTER")
      ->group(kTableGroup);
  command.add_option("--null", options->null, "What stands for null in CSV, such as \\N [nothing]")
      ->option_text("TEXT")
      ->group(kTableGroup);
  command
      .add_flag("--guard-formulas", options->guard_formulas,
                "Put an apostrophe before texts in CSV that a spreadsheet would take for formulas")
      ->group(kTableGroup);
  AddPolicyFlag(command, &options->policy);
  AddAgainstFlag(command, &options->against);
  AddChoice(
      command, "--on-drift", &options->on_drift, {"fail", "adapt", "set-aside"},
      "Where columns have other types than in --against: stop, write the new types, or set aside the records that "
      "do not fit [fail]")
      ->group(kTableGroup);
  AddChoice(command, "--spool", &options->spool, {"auto", "always", "never"},
            "Read the source once, and keep its records somewhere until its columns are known: where reading it twice "
            "is costly, always, or never [auto]")
      ->group(kTableGroup);
  command
      .add_option("--spool-to", options->spool_to,
                  "Where they are kept: a folder, also of a bucket [spool in the data directory]")
      ->option_text("FOLDER")
      ->group(kTableGroup);
}

}  // namespace

Selection SelectionOptions::ToSelection() const { return {.kinds = kinds, .namespaces = namespaces, .limit = limit}; }

void AddWord(CLI::App& command, const char* name, std::string* value, const char* help) {
  command.add_option(name, *value, help)->required()->option_text(" ");
}

void AddJsonFlag(CLI::App& command, bool* json) {
  command.add_flag("--json", *json, "One JSON object a line on standard output")->group(kOutputGroup);
}

void AddQuietFlag(CLI::App& command, bool* quiet) {
  command.add_flag("--quiet", *quiet, "Errors only")->group(kOutputGroup);
}

void AddVerboseFlag(CLI::App& command, bool* verbose) {
  command.add_flag("--verbose", *verbose, "More detail")->group(kOutputGroup);
}

void AddKindFlags(CLI::App& command, SelectionOptions* options) {
  AddRepeatable(command, "--kind", &options->kinds, "Only this kind (repeatable)")
      ->option_text("KIND")
      ->group(kSelectionGroup);
  AddRepeatable(command, "--namespace", &options->namespaces,
                "Only this namespace (repeatable); --namespace= is the default one")
      ->option_text("NAMESPACE")
      ->group(kSelectionGroup);
}

void AddLimitFlag(CLI::App& command, SelectionOptions* options) {
  command.add_option("--limit", options->limit, "At most this many records in all, in source order")
      ->option_text("N")
      ->group(kSelectionGroup);
}

void AddSecretFlags(CLI::App& command, StoreFlags* stores) {
  const auto add = [&command](const char* flag, std::string* name, const char* of) {
    command
        .add_option(flag, *name, StrCat("The secret with credentials for ", of, " [those of the cloud's own tools]"))
        ->option_text("NAME")
        ->group(kStoreGroup);
  };
  add("--s3-secret", &stores->s3_secret, "s3://");
  add("--gcs-secret", &stores->gcs_secret, "gs://");
  add("--abs-secret", &stores->abs_secret, "az://");
  command
      .add_option("--secret-key", stores->secret_keys,
                  "What a secret calls one of its keys (access-key-id=AccessKey); repeatable")
      ->option_text("KEY=NAME")
      ->allow_extra_args(false)
      ->group(kStoreGroup);
}

void AddStoreFlags(CLI::App& command, StoreFlags* stores) {
  command.add_option("--s3-endpoint", stores->s3_endpoint, "Of a store that is not Amazon's [$AWS_ENDPOINT_URL]")
      ->option_text("URL")
      ->group(kStoreGroup);
  command
      .add_option("--s3-region", stores->s3_region, "Where the bucket is [$AWS_REGION, the profile's, or us-east-1]")
      ->option_text("REGION")
      ->group(kStoreGroup);
  command
      .add_flag("--s3-path-style", stores->s3_path_style,
                "Name buckets in the path, as other stores than Amazon's want it [with --s3-endpoint]")
      ->group(kStoreGroup);
  command
      .add_option("--gcs-endpoint", stores->gcs_endpoint,
                  "Of Google Cloud Storage, where it is not Google's public one [$STORAGE_EMULATOR_HOST]")
      ->option_text("URL")
      ->group(kStoreGroup);
  command
      .add_option("--abs-account", stores->abs_account,
                  "Azure's storage account of az://… [$AZURE_STORAGE_CONNECTION_STRING's, $AZURE_STORAGE_ACCOUNT]")
      ->option_text("NAME")
      ->group(kStoreGroup);
  command
      .add_option("--abs-endpoint", stores->abs_endpoint,
                  "Of Azure's account, where it is not ACCOUNT.blob.core.windows.net [the connection string's]")
      ->option_text("URL")
      ->group(kStoreGroup);
  AddSecretFlags(command, stores);
}

void AddSourceFlags(CLI::App& command, SourceOptions* options) {
  AddChoice(command, "--from-format", &options->from_format, SourceFormatNames(),
            "What the source is, where it can't be told")
      ->group(kSelectionGroup);
  AddChoice(command, "--on-corrupt", &options->on_corrupt, {"fail", "skip"},
            "What to do with damage: stop, or set it aside, say what was lost, and exit with 3")
      ->group(kSelectionGroup);
  AddStoreFlags(command, &options->stores);
}

void AddFromStoreFlags(CLI::App& command, StoreFlags* from) {
  const auto add = [&command](const char* name, std::string* value, const char* text) {
    command
        .add_option(StrCat("--", kFromPrefix, name), *value,
                    StrCat("As --", name, ", of the source, if that is another store of the same cloud"))
        ->option_text(text)
        ->group(kFromGroup);
  };
  add(kS3EndpointOption, &from->s3_endpoint, "URL");
  add(kS3RegionOption, &from->s3_region, "REGION");
  command.add_flag(StrCat("--", kFromPrefix, kS3PathStyleOption), from->s3_path_style, "As --s3-path-style")
      ->group(kFromGroup);
  add(kGcsEndpointOption, &from->gcs_endpoint, "URL");
  add(kAbsAccountOption, &from->abs_account, "NAME");
  add(kAbsEndpointOption, &from->abs_endpoint, "URL");
  add(kS3SecretOption, &from->s3_secret, "NAME");
  add(kGcsSecretOption, &from->gcs_secret, "NAME");
  add(kAbsSecretOption, &from->abs_secret, "NAME");
  command.add_option("--from-secret-key", from->secret_keys, "As --secret-key, of the source's secret")
      ->option_text("KEY=NAME")
      ->allow_extra_args(false)
      ->group(kFromGroup);
}

void AddSinkFlags(CLI::App& command, SinkOptions* options) {
  AddChoice(command, "--format", &options->format, SinkFormatNames(), "Format of the output")->group(kSinkGroup);
  AddChoice(command, "--compression", &options->compression, CompressionNames(), "Compression of the output")
      ->group(kSinkGroup);
  AddChoice(command, "--layout", &options->layout, LayoutNames(), "One file for each of these")->group(kSinkGroup);
  AddChoice(command, "--if-exists", &options->if_exists, {"fail", "replace", "append"},
            "If the output is there already")
      ->group(kSinkGroup);
  AddChoice(command, "--keys", &options->keys, {"short", "full"}, "Keys without or with the app id (typed NDJSON)")
      ->group(kSinkGroup);
  command.add_option("--max-rejects", options->max_rejects, "Set aside up to N bad records, and exit with 3 [0]")
      ->option_text("N")
      ->group(kSinkGroup);
  AddTableFlags(command, options);
  command
      .add_flag("--keys-index", options->keys_index,
                "Write all keys, sorted, with their records' hashes, into OUT/_keys: verify can then name keys")
      ->group(kSinkGroup);
}

void AddSchemaFlags(CLI::App& command, std::string* form, std::string* policy, std::string* against) {
  AddChoice(command, "--as", form, SchemaFormNames(), "How the schema is printed")->group(kOutputGroup);
  AddPolicyFlag(command, policy);
  AddAgainstFlag(command, against);
}

void AddDataDirFlag(CLI::App& app, std::string* data_dir) {
  app.add_option("--data-dir", *data_dir,
                 "Where jobs and secrets are kept [$XDG_STATE_HOME/datahaul or ~/.local/state/datahaul]")
      ->option_text("DIR");
}

void AddJobStoreFlag(CLI::App& app, std::string* job_store) {
  app.add_option("--job-store", *job_store, "Remember jobs on a server instead: postgresql://[USER@]HOST/DATABASE")
      ->option_text("URL");
}

void AddWorkersFlag(CLI::App& command, int* workers) {
  command.add_option("--workers", *workers, "CPUs to keep busy [all]")
      ->check(CLI::Range(1, 1024))
      ->option_text("N")
      ->group(kJobGroup);
}

void AddAsyncFlags(CLI::App& command, bool* async, std::string* queue, uint64_t* max_tasks) {
  command.add_flag("--async", *async, "Only submit the job, print its id, and leave it to workers")->group(kJobGroup);
  command.add_option("--queue", *queue, StrCat("Of the workers that it is left to [", kDefaultQueue, "]"))
      ->option_text("NAME")
      ->group(kJobGroup);
  command.add_option("--max-tasks", *max_tasks, "At most this many tasks at once, in all workers [any number]")
      ->option_text("N")
      ->group(kJobGroup);
}

void AppendOptions(const StoreFlags& stores, std::string_view prefix, NamedOptions* options) {
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) options->emplace_back(StrCat(prefix, name), value);
  };
  add(kS3EndpointOption, stores.s3_endpoint);
  add(kS3RegionOption, stores.s3_region);
  add(kS3PathStyleOption, stores.s3_path_style ? "true" : "");
  add(kGcsEndpointOption, stores.gcs_endpoint);
  add(kAbsAccountOption, stores.abs_account);
  add(kAbsEndpointOption, stores.abs_endpoint);
  add(kS3SecretOption, stores.s3_secret);
  add(kGcsSecretOption, stores.gcs_secret);
  add(kAbsSecretOption, stores.abs_secret);
  add(kSecretKeysOption, absl::StrJoin(stores.secret_keys, ","));
}

void AppendOptions(const SourceOptions& source, NamedOptions* options) {
  if (!source.from_format.empty()) options->emplace_back("from-format", source.from_format);
  options->emplace_back("on-corrupt", source.on_corrupt);
  AppendOptions(source.stores, "", options);
  AppendOptions(source.from_stores, kFromPrefix, options);
}

void AppendOptions(const SinkOptions& sink, NamedOptions* options) {
  options->emplace_back("format", sink.format);
  options->emplace_back("compression", sink.compression);
  options->emplace_back("layout", sink.layout);
  options->emplace_back("if-exists", sink.if_exists);
  options->emplace_back("keys", sink.keys);
  if (sink.keys_index) options->emplace_back("keys-index", "true");
  const auto add = [options](const char* name, const std::string& value) {
    if (!value.empty()) options->emplace_back(name, value);
  };
  add("delimiter", sink.delimiter);
  add("null", sink.null);
  if (sink.guard_formulas) options->emplace_back("guard-formulas", "true");
  add("policy", sink.policy);
  add("against", sink.against);
  add("on-drift", sink.on_drift);
  add("spool", sink.spool);
  add(kSpoolToOption, sink.spool_to);
}

}  // namespace datahaul

// The flags that several commands share: one name, one meaning everywhere.
#ifndef DATAHAUL_CLI_OPTIONS_H_
#define DATAHAUL_CLI_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/selection.h"

namespace CLI {
class App;
}

namespace datahaul {

struct OutputOptions {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

struct SelectionOptions {
  std::vector<std::string> kinds;
  std::vector<std::string> namespaces;
  std::optional<uint64_t> limit;

  Selection ToSelection() const;
};

// Where buckets are, and who asks; "" = not given.
struct StoreFlags {
  // Of s3:// addresses.
  std::string s3_endpoint, s3_region;
  bool s3_path_style = false;
  std::string gcs_endpoint;               // of gs:// addresses
  std::string abs_account, abs_endpoint;  // of az:// addresses
  std::string s3_secret, gcs_secret, abs_secret;
  std::vector<std::string> secret_keys;
};

struct SourceOptions {
  std::string from_format;  // "" = recognised
  std::string on_corrupt = "fail";
  StoreFlags stores;
  StoreFlags from_stores;  // of the source alone
};

struct SinkOptions {
  std::string format = "typed-ndjson";
  std::string compression = "none";
  std::string layout = "kind";
  std::string if_exists = "fail";
  std::string keys = "short";
  uint64_t max_rejects = 0;
  bool keys_index = false;
  // Of tables; "" = not given.
  std::string delimiter, null;
  bool guard_formulas = false;
  std::string policy, against, on_drift;
  std::string spool, spool_to;
};

// What --queue and --queues are where they are not given.
inline constexpr std::string_view kDefaultQueue = "default";

// A word that must be given, called `name` in help and errors.
void AddWord(CLI::App& command, const char* name, std::string* value, const char* help);

// Each adds its flags to a command. The options must outlive the parse.
void AddJsonFlag(CLI::App& command, bool* json);
void AddQuietFlag(CLI::App& command, bool* quiet);
void AddVerboseFlag(CLI::App& command, bool* verbose);
void AddKindFlags(CLI::App& command, SelectionOptions* options);  // --kind, --namespace
void AddLimitFlag(CLI::App& command, SelectionOptions* options);
void AddSourceFlags(CLI::App& command, SourceOptions* options);
void AddFromStoreFlags(CLI::App& command, StoreFlags* from);  // --from-s3-endpoint …: of commands with two ends
void AddSinkFlags(CLI::App& command, SinkOptions* options);
// --as, --policy, --against. `policy` may be "" for not given.
void AddSchemaFlags(CLI::App& command, std::string* form, std::string* policy, std::string* against);
void AddDataDirFlag(CLI::App& app, std::string* data_dir);    // of the program: commands pass it up
void AddJobStoreFlag(CLI::App& app, std::string* job_store);  // likewise
void AddWorkersFlag(CLI::App& command, int* workers);
// --async, --queue, --max-tasks
void AddAsyncFlags(CLI::App& command, bool* async, std::string* queue, uint64_t* max_tasks);

// As JobSpec::options wants them.
using NamedOptions = std::vector<std::pair<std::string, std::string>>;
void AppendOptions(const SourceOptions& source, NamedOptions* options);
void AppendOptions(const SinkOptions& sink, NamedOptions* options);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_OPTIONS_H_

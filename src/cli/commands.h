// The verbs. Each function declares one command, with its flags and help, and says in `invocation` what to run if it is
// chosen.
#ifndef DATAHAUL_CLI_COMMANDS_H_
#define DATAHAUL_CLI_COMMANDS_H_

#include "cli/invocation.h"

namespace CLI {
class App;
}

namespace datahaul {

// `app` and `invocation` must outlive the run.
void AddCopyCommand(CLI::App& app, Invocation* invocation);
void AddInspectCommand(CLI::App& app, Invocation* invocation);
void AddCatCommand(CLI::App& app, Invocation* invocation);
void AddVerifyCommand(CLI::App& app, Invocation* invocation);
void AddSchemaCommand(CLI::App& app, Invocation* invocation);
void AddJobsCommand(CLI::App& app, Invocation* invocation);
void AddWorkerCommand(CLI::App& app, Invocation* invocation);
void AddJobStoreCommand(CLI::App& app, Invocation* invocation);
void AddSecretsCommand(CLI::App& app, Invocation* invocation);
void AddCompletionCommand(CLI::App& app, Invocation* invocation);
void AddHelpCommand(CLI::App& app, Invocation* invocation);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_COMMANDS_H_

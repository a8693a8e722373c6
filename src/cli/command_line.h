#ifndef DATAHAUL_CLI_COMMAND_LINE_H_
#define DATAHAUL_CLI_COMMAND_LINE_H_

namespace datahaul {

// The whole program: parses, runs, prints errors, returns the exit code.
int RunCommandLine(int argc, char** argv);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_COMMAND_LINE_H_

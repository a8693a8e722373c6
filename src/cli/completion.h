// Shell completion, made from the declared commands, so that it never lags behind them.
#ifndef DATAHAUL_CLI_COMPLETION_H_
#define DATAHAUL_CLI_COMPLETION_H_

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace datahaul {

// `shell` is bash, zsh or fish. Completes commands, flags, and the words that a flag accepts; elsewhere files.
std::string CompletionScript(const CLI::App& app, std::string_view shell);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_COMPLETION_H_

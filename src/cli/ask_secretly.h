#ifndef DATAHAUL_CLI_ASK_SECRETLY_H_
#define DATAHAUL_CLI_ASK_SECRETLY_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

// A line from standard input, without its end. At a terminal it is asked for with `prompt`, and not shown while it is
// typed. INVALID_ARGUMENT if there is none.
absl::StatusOr<std::string> AskSecretly(std::string_view prompt);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_ASK_SECRETLY_H_

#ifndef DATAHAUL_CLI_PRETTY_JSON_H_
#define DATAHAUL_CLI_PRETTY_JSON_H_

#include <string>
#include <string_view>

namespace datahaul {

// One compact JSON value (no spaces outside strings) indented over several lines, for people. No line end after the
// last.
std::string PrettyJson(std::string_view json);

}  // namespace datahaul

#endif  // DATAHAUL_CLI_PRETTY_JSON_H_

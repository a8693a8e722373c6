// Input shown in messages.
#ifndef DATAHAUL_FORMAT_NDJSON_PRINTABLE_H_
#define DATAHAUL_FORMAT_NDJSON_PRINTABLE_H_

#include <string>
#include <string_view>

namespace datahaul {

// `text`, which is UTF-8, on one line: control characters as \x0a, and "…" for what exceeds about 40 bytes.
std::string Printable(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_PRINTABLE_H_

// Reading RFC 3339 timestamps.
#ifndef DATAHAUL_FORMAT_NDJSON_RFC3339_H_
#define DATAHAUL_FORMAT_NDJSON_RFC3339_H_

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace datahaul {

// UTC with "Z" and up to nine fraction digits, years 1 to 9999, no leap seconds. Nothing if it is malformed, no such
// day exists, or it is finer than a microsecond: digits are never rounded away.
std::optional<Micros> ParseRfc3339(std::string_view text);

// The same, and for other years microseconds since 1970 in decimal, as plain NDJSON writes these.
std::optional<Micros> ParseTimestampText(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_RFC3339_H_

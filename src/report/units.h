// Numbers as people read them.
#ifndef DATAHAUL_REPORT_UNITS_H_
#define DATAHAUL_REPORT_UNITS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace datahaul {

std::string HumanCount(uint64_t count);                   // 1,234,567
std::string HumanBytes(double bytes);                     // 512 B, 1.5 kB, 20.0 MB: powers of ten
std::string HumanDuration(Micros duration);               // 0.12 s, 12 s, 3 min 5 s, 2 h 10 min, 3 d 4 h
std::string HumanPercent(uint64_t part, uint64_t whole);  // 100%, 98.2%, <0.1%; never 100% for less than all
std::string HumanTime(Micros time);                       // 2026-01-02 03:04:05 UTC
std::string Rfc3339(Micros time);                         // 2026-01-02T03:04:05.678901Z
// "1 record", "2 records".
std::string Counted(uint64_t count, std::string_view noun);

// 90s, 15m, 12h, 7d; a bare number is seconds.
std::optional<Micros> ParseDuration(std::string_view text);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_UNITS_H_

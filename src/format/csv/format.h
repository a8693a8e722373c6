// CSV as a format.
#ifndef DATAHAUL_FORMAT_CSV_FORMAT_H_
#define DATAHAUL_FORMAT_CSV_FORMAT_H_

#include <string_view>

#include "absl/status/statusor.h"

#include "model/format.h"

namespace datahaul {

const Format& Csv();  // "csv"

// Options as flags give them: `delimiter` is one byte, or "tab". INVALID_ARGUMENT names what may be said.
absl::StatusOr<CsvOptions> ParseCsvOptions(std::string_view delimiter, std::string_view null, bool guard_formulas);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_CSV_FORMAT_H_

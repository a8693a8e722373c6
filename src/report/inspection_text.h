// An inspection as text, for people and for machines.
#ifndef DATAHAUL_REPORT_INSPECTION_TEXT_H_
#define DATAHAUL_REPORT_INSPECTION_TEXT_H_

#include <string>
#include <string_view>

#include "report/inspect.h"

namespace datahaul {

// Tables: the kinds, then each kind's fields. `address` is how the user named the source.
std::string InspectionTables(const Inspection& inspection, std::string_view address);

// One JSON object a line, as docs/formats/inspect.md says.
std::string InspectionJson(const Inspection& inspection, std::string_view address);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_INSPECTION_TEXT_H_

// A verification as text, for people and for machines.
#ifndef DATAHAUL_REPORT_VERIFICATION_TEXT_H_
#define DATAHAUL_REPORT_VERIFICATION_TEXT_H_

#include <cstdint>
#include <string>

#include "model/digest.h"
#include "report/difference.h"
#include "report/verify.h"

namespace datahaul {

// A line for people, and one as docs/formats/verify.md says.
std::string DifferenceText(const KindName& kind, const Difference& difference);
std::string DifferenceJson(const KindName& kind, const Difference& difference);

// What is said after the differences. At most `named` keys were printed (0 = all). `all_kinds`: equal ones are listed,
// too.
std::string VerificationText(const Verification& verification, uint64_t named, bool all_kinds);
std::string VerificationJson(const Verification& verification, int exit_code);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_VERIFICATION_TEXT_H_

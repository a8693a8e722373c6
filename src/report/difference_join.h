// Joins two sorted streams of key entries and tells what differs, in constant memory.
#ifndef DATAHAUL_REPORT_DIFFERENCE_JOIN_H_
#define DATAHAUL_REPORT_DIFFERENCE_JOIN_H_

#include <functional>

#include "absl/status/status.h"

#include "report/difference.h"
#include "report/entry_stream.h"

namespace datahaul {

// Calls `found` for each key that differs, in the entries' order. Entries are compared as multisets.
absl::Status JoinDifferences(EntryStream& a, EntryStream& b,
                             const std::function<absl::Status(const Difference&)>& found);

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_DIFFERENCE_JOIN_H_

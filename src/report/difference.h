// One key whose records differ between two data sets.
#ifndef DATAHAUL_REPORT_DIFFERENCE_H_
#define DATAHAUL_REPORT_DIFFERENCE_H_

#include <cstdint>
#include <string_view>

namespace datahaul {

// A key may stand for several records (a record held twice): copies say how often each side holds the key. Records that
// are the same on both sides are paired first; what is left over counts here.
struct Difference {
  uint32_t kind = 0;     // number of the kind, as in the entries compared
  std::string_view key;  // its text; valid during the call it is handed to
  uint64_t missing = 0;  // records that only the first side has
  uint64_t extra = 0;    // records that only the second side has
  uint64_t changed = 0;  // records of this key that both have, with other contents
  uint64_t copies_a = 0, copies_b = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_DIFFERENCE_H_

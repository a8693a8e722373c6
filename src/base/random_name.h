#ifndef DATAHAUL_BASE_RANDOM_NAME_H_
#define DATAHAUL_BASE_RANDOM_NAME_H_

#include <cstddef>
#include <string>

namespace datahaul {

// `digits` hexadecimal digits, a multiple of 8, that no other process comes upon if there are 16 or more, on whatever
// machine or in whatever container it runs. Safe for concurrent use.
std::string RandomName(size_t digits);

}  // namespace datahaul

#endif  // DATAHAUL_BASE_RANDOM_NAME_H_

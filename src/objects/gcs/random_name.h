#ifndef DATAHAUL_OBJECTS_GCS_RANDOM_NAME_H_
#define DATAHAUL_OBJECTS_GCS_RANDOM_NAME_H_

#include <string>

namespace datahaul {

// 32 letters and digits that nobody else has. Safe for concurrent use.
std::string RandomGcsName();

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_GCS_RANDOM_NAME_H_

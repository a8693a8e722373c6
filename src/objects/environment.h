#ifndef DATAHAUL_OBJECTS_ENVIRONMENT_H_
#define DATAHAUL_OBJECTS_ENVIRONMENT_H_

#include <functional>
#include <string>

namespace datahaul {

// Environment variables by name; "" if not set.
using Environment = std::function<std::string(const char* name)>;

// The process' own.
Environment ProcessEnvironment();

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_ENVIRONMENT_H_

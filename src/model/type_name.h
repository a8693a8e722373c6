#ifndef DATAHAUL_MODEL_TYPE_NAME_H_
#define DATAHAUL_MODEL_TYPE_NAME_H_

#include <string_view>

#include "model/value.h"

namespace datahaul {

// How reports and messages call a type: typed NDJSON's member name without "Value".
std::string_view TypeName(Type type);

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_TYPE_NAME_H_

// The NDJSON formats.
#ifndef DATAHAUL_FORMAT_NDJSON_FORMAT_H_
#define DATAHAUL_FORMAT_NDJSON_FORMAT_H_

#include "model/format.h"

namespace datahaul {

const Format& TypedNdjson();  // "typed-ndjson": lossless, also read
const Format& PlainNdjson();  // "ndjson": for people and warehouses, written only

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_FORMAT_H_

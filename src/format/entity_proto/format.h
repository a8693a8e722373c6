// The records of a managed export's output files: EntityProtos in a LevelDB log. Read only, as yet.
#ifndef DATAHAUL_FORMAT_ENTITY_PROTO_FORMAT_H_
#define DATAHAUL_FORMAT_ENTITY_PROTO_FORMAT_H_

#include "model/format.h"

namespace datahaul {

const Format& EntityProto();

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_ENTITY_PROTO_FORMAT_H_

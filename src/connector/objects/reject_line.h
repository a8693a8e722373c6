#ifndef DATAHAUL_CONNECTOR_OBJECTS_REJECT_LINE_H_
#define DATAHAUL_CONNECTOR_OBJECTS_REJECT_LINE_H_

#include "base/bytes.h"
#include "model/record.h"

namespace datahaul {

// Lines of _rejects/rejects.ndjson; docs/formats/rejects.md specifies them.
void AppendRejectLine(const Reject& reject, ByteBuffer* out);
void AppendLostRangeLine(const LostRange& lost, ByteBuffer* out);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_REJECT_LINE_H_

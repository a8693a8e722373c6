#include "format/ndjson/plain_encoder.h"

namespace datahaul {

absl::Status PlainEncoder::Append(const Record& record, ByteBuffer* out, Hash128* hash) {
  *hash = hasher_.HashRecord(record);
  writer_.AppendRecord(record, out);
  out->Append("\n");
  if (!record.unknown.empty()) ++not_expressible_;
  return absl::OkStatus();
}

void PlainEncoder::AddCounters(Counters* counters) const {
  writer_.AddCounters(counters);
  if (not_expressible_ != 0) counters->named["not_expressible"] += not_expressible_;
}

}  // namespace datahaul

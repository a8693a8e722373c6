// How a spool keeps what is no record: rejects and lost ranges, as records of kinds that no store lets its users make.
#ifndef DATAHAUL_REGISTRY_SPOOL_RECORDS_H_
#define DATAHAUL_REGISTRY_SPOOL_RECORDS_H_

#include "absl/status/statusor.h"

#include "model/record.h"

namespace datahaul {

// Appends to `to` a record for each of the rejects and lost ranges of `from`, in this order; their texts are copied.
void AppendLosses(const RecordBatch& from, RecordBatch* to);

// Whether it is such a record.
bool IsLoss(const Record& record);

// Makes rejects and lost ranges of all such records of `batch` again, in order. DATA_LOSS if one is not as AppendLosses
// makes them.
absl::Status TakeLosses(RecordBatch* batch);

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_SPOOL_RECORDS_H_

// Parquet files that others wrote: their columns as ours.
#ifndef DATAHAUL_FORMAT_PARQUET_FOREIGN_COLUMNS_H_
#define DATAHAUL_FORMAT_PARQUET_FOREIGN_COLUMNS_H_

#include <memory>

#include "absl/status/statusor.h"
#include <arrow/type_fwd.h>

#include "model/schema.h"

namespace datahaul {

// The column that holds what `field` does. A list in a list becomes a structure around a list ("values"), a map a list
// of structures ("key", "value"), a dictionary what its values are. UNIMPLEMENTED for types that have no place in the
// model.
absl::StatusOr<Column> ColumnOf(const arrow::Field& field);

// `array`, of the type that ColumnOf was told, as the column's own ArrowType. DATA_LOSS for a value that does not fit:
// an unsigned integer beyond int64, a time that is not whole microseconds.
absl::StatusOr<std::shared_ptr<arrow::ArrayData>> Converted(const std::shared_ptr<arrow::ArrayData>& array,
                                                            const Column& column);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_FOREIGN_COLUMNS_H_

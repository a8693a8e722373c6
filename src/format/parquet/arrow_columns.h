// Columns and what they gathered, as Arrow knows them.
#ifndef DATAHAUL_FORMAT_PARQUET_ARROW_COLUMNS_H_
#define DATAHAUL_FORMAT_PARQUET_ARROW_COLUMNS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "format/parquet/column_store.h"
#include "model/schema.h"

namespace datahaul {

std::shared_ptr<arrow::DataType> ArrowType(const Column& column);
std::shared_ptr<arrow::Schema> ArrowSchema(const std::vector<Column>& columns);

// What `store` holds, as `slots` rows. Views into the store where nothing is null, so that it must outlive the array,
// and copies of its packed values, with gaps, elsewhere. Throws std::bad_alloc.
std::shared_ptr<arrow::Array> ArrowArray(const ColumnStore& store, uint32_t slots);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_ARROW_COLUMNS_H_

// Columns as Arrow knows them.
#ifndef DATAHAUL_FORMAT_PARQUET_ARROW_COLUMNS_H_
#define DATAHAUL_FORMAT_PARQUET_ARROW_COLUMNS_H_

#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "model/schema.h"

namespace datahaul {

std::shared_ptr<arrow::DataType> ArrowType(const Column& column);
std::shared_ptr<arrow::Schema> ArrowSchema(const std::vector<Column>& columns);

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_ARROW_COLUMNS_H_

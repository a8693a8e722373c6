#ifndef DATAHAUL_FORMAT_PARQUET_FORMAT_H_
#define DATAHAUL_FORMAT_PARQUET_FORMAT_H_

#include "model/format.h"

namespace datahaul {

// Parquet files of one kind each. A decoder's cursor is a number of rows, not of bytes.
const Format& Parquet();

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_FORMAT_H_

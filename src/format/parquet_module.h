// Parquet, which lives in a module of its own, so that nobody else pays for Apache Arrow.
#ifndef DATAHAUL_FORMAT_PARQUET_MODULE_H_
#define DATAHAUL_FORMAT_PARQUET_MODULE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/format.h"

namespace datahaul {

// The format `parquet`, from libdatahaul_parquet.so: opened on the first call, from beside the program, else from the
// folder that the environment's DATAHAUL_MODULES names, else from where the system looks for libraries. Lives as long
// as the process. Safe for concurrent use. Errors are for a person to act on: NOT_FOUND, with how to get it, where
// there is none; FAILED_PRECONDITION if it can't be loaded, or is another build's.
absl::StatusOr<const Format*> OpenParquet();

// The same of the first of `candidates` that is there; the last one may be a bare name. Opens it anew each time.
absl::StatusOr<const Format*> OpenParquetFrom(const std::vector<std::string>& candidates);

inline constexpr std::string_view kParquetModule = "libdatahaul_parquet.so";

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_MODULE_H_

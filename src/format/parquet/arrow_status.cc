#include "format/parquet/arrow_status.h"

namespace datahaul {

absl::Status FromArrow(const arrow::Status& status, std::string_view action) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = StrCat(action, ": ", status.message());
  switch (status.code()) {
    case arrow::StatusCode::OutOfMemory:
      return absl::ResourceExhaustedError(message);
    case arrow::StatusCode::NotImplemented:
      return absl::UnimplementedError(message);
    default:
      return DataError(message);
  }
}

}  // namespace datahaul

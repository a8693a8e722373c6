// Arrow's errors, and exceptions of whatever it uses, as ours: this folder's edge.
#ifndef DATAHAUL_FORMAT_PARQUET_ARROW_STATUS_H_
#define DATAHAUL_FORMAT_PARQUET_ARROW_STATUS_H_

#include <exception>
#include <new>
#include <string_view>

#include "absl/status/status.h"
#include <arrow/status.h>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {

// DATA_LOSS, or what fits Arrow's own code. "ACTION: what Arrow said".
absl::Status FromArrow(const arrow::Status& status, std::string_view action);

// Calls `body`, which returns an absl::Status, and turns what it throws into one.
template <typename Body>
absl::Status CatchAll(std::string_view action, Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(StrCat(action, ": out of memory"));
  } catch (const std::exception& error) {
    return DataError(StrCat(action, ": ", error.what()));
  }
}

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_ARROW_STATUS_H_

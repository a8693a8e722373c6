// Byte strings, one after the other.
#ifndef DATAHAUL_REPORT_ENTRY_STREAM_H_
#define DATAHAUL_REPORT_ENTRY_STREAM_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

// Not safe for concurrent use.
class EntryStream {
 public:
  virtual ~EntryStream() = default;
  // The next entry, valid until the next call; nothing at the end.
  virtual absl::StatusOr<std::optional<std::string_view>> Next() = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_REPORT_ENTRY_STREAM_H_

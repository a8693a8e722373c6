#ifndef DATAHAUL_CONNECTOR_OBJECTS_SLICE_RECORD_H_
#define DATAHAUL_CONNECTOR_OBJECTS_SLICE_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/object_store.h"

namespace datahaul {

// Where a slice's part of an object is until it is published.
struct StoredExtent {
  std::string object;
  uint64_t offset = 0, length = 0;  // in the object
  std::string upload;               // the handle of the upload that `piece` is of; "": it is staged
  UploadPiece piece;
  uint64_t staged_at = 0;  // where, behind the record
};

// Stands at the head of a slice's object in the bucket; what is staged of the slice follows. Text: a first line of
// kSliceHeadBytes that says how long the record is, then a line for each extent.
struct SliceRecord {
  std::vector<StoredExtent> extents;
};

inline constexpr size_t kSliceHeadBytes = 40;

std::string ToText(const SliceRecord& record);
// How long the record is that begins with `head`, of kSliceHeadBytes. DATA_LOSS if none does; `uri` is for messages.
absl::StatusOr<uint64_t> SizeOfSliceRecord(std::string_view head, std::string_view uri);
// Parses all of a record.
absl::StatusOr<SliceRecord> ParseSliceRecord(std::string_view text, std::string_view uri);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_SLICE_RECORD_H_

#ifndef DATAHAUL_CONNECTOR_OBJECTS_OBJECT_SUMS_H_
#define DATAHAUL_CONNECTOR_OBJECTS_OBJECT_SUMS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"

#include "model/receipt.h"

namespace datahaul {

// What a job has committed of one object.
struct ObjectSum {
  uint64_t begin = 0, end = 0;
  uint64_t records = 0;
  uint32_t crc32c = 0;           // of [begin, end)
  std::optional<KindName> only;  // all of its records are of this kind
};
using ObjectSums = std::map<std::string, ObjectSum>;  // by object

// Adds up extents that are given in rising order within each object. INTERNAL if those of an object do not adjoin, or
// do not begin where `begins` says (0 for objects that it does not name): the receipts then do not describe what is on
// disk.
absl::StatusOr<ObjectSums> SumByObject(std::span<const Extent> extents, const std::map<std::string, uint64_t>& begins);

}  // namespace datahaul

#endif  // DATAHAUL_CONNECTOR_OBJECTS_OBJECT_SUMS_H_

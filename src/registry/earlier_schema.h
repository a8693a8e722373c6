// Schemas that were written down before.
#ifndef DATAHAUL_REGISTRY_EARLIER_SCHEMA_H_
#define DATAHAUL_REGISTRY_EARLIER_SCHEMA_H_

#include <string_view>

#include "absl/status/statusor.h"

#include "model/object_store.h"
#include "model/schema.h"

namespace datahaul {

// The schema at `address`, as --against gives it: a manifest of tables, a folder with one, or what
// `datahaul schema --as json` printed.
absl::StatusOr<Schema> ReadEarlierSchema(ObjectStore& store, std::string_view address);

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_EARLIER_SCHEMA_H_

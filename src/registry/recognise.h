// What kind of data set an address holds.
#ifndef DATAHAUL_REGISTRY_RECOGNISE_H_
#define DATAHAUL_REGISTRY_RECOGNISE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "model/object_store.h"

namespace datahaul {

// The --from-format that fits what is at `uri`: by its manifest, else by metadata files, else by names, else by a
// file's first bytes. Formats that cannot be read are named, too. NOT_FOUND if nothing is there.
absl::StatusOr<std::string> Recognise(ObjectStore& store, std::string_view uri);

}  // namespace datahaul

#endif  // DATAHAUL_REGISTRY_RECOGNISE_H_

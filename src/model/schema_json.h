// The one JSON form of a schema: docs/formats/schema.md specifies it.
#ifndef DATAHAUL_MODEL_SCHEMA_JSON_H_
#define DATAHAUL_MODEL_SCHEMA_JSON_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "model/schema.h"

namespace datahaul {

// {"kinds":[{"namespace":…,"kind":…,"columns":[…]}]}: canonical, so that equal schemas have equal texts.
std::string ToJson(const Schema& schema);

// `where` is for messages. DATA_LOSS if it is no schema; unknown members are passed over. What it returns keeps the
// promises of model/schema.h as to children (a list has one, a wrapped list is a structure of one list) and order.
absl::StatusOr<Schema> ParseSchemaJson(std::string_view json, std::string_view where);

}  // namespace datahaul

#endif  // DATAHAUL_MODEL_SCHEMA_JSON_H_

// How a schema differs from an earlier one of the same data.
#ifndef DATAHAUL_SCHEMA_DRIFT_H_
#define DATAHAUL_SCHEMA_DRIFT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/schema.h"

namespace datahaul {

enum class Drift : uint8_t {
  kAdditive,  // more than before: readers of earlier tables miss it, and nothing else
  kBreaking,  // a column of another type or name: tables of before and of now can't be read as one
  kAbsent,    // not there any more: its column would stay empty
};
std::string_view DriftName(Drift drift);  // "additive", "breaking", "absent"

struct Difference {
  KindName kind;
  std::string path;  // of fields: "address.zip", "tags[]"; "" for the kind as a whole
  std::string what;  // "integer before, string now"
  Drift drift = Drift::kAdditive;
  bool operator==(const Difference&) const = default;
};

// By kind and path. Columns are compared field by field. A guessed type now is no difference; flags and meanings are
// not looked at, since tables don't hold them.
std::vector<Difference> Compare(const Schema& earlier, const Schema& now);

enum class Conflict : uint8_t { kNow, kEarlier };  // whose type a column has where the change is breaking

// The schema to write `now`'s data with so that it can be read together with what was written with `earlier`: columns
// that are absent are kept, names are the earlier ones, types that were guessed are the earlier ones. Where the types
// differ all the same `conflict` decides; with kEarlier there are records that don't fit (see fit.h). Kinds are
// those of `now`.
Schema Adapt(const Schema& earlier, const Schema& now, Conflict conflict);

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_DRIFT_H_

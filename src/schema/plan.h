// From what records hold to the columns that hold them.
#ifndef DATAHAUL_SCHEMA_PLAN_H_
#define DATAHAUL_SCHEMA_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/schema.h"
#include "schema/sketch.h"

namespace datahaul {

// Where one field holds values of several types (nulls apart).
enum class ConflictPolicy : uint8_t {
  kJson,      // JSON text
  kWiden,     // integers and doubles: double, if every integer is exact as one; JSON text otherwise
  kVariants,  // a structure with a member for each type
};
// As in --policy: json, widen, variants.
std::string_view ConflictPolicyName(ConflictPolicy policy);
std::optional<ConflictPolicy> ParseConflictPolicy(std::string_view name);

// Structures in structures, at most: BigQuery's limit.
inline constexpr int kMostLevels = 15;

// Something the plan decided that a person may want to know, as a sentence about one place.
struct Decision {
  KindName kind;
  std::string path;  // "address.zip", "tags[]"; "" for the kind as a whole
  std::string what;  // "integer in 3 values, string in 7: JSON text"
  bool operator==(const Decision&) const = default;
};

// The place of a decision or a difference in a sentence: `eu/Order: address.zip`. Long names are shortened.
std::string PlaceOf(const KindName& kind, std::string_view path);

struct SchemaPlan {
  Schema schema;
  std::vector<Decision> decisions;  // by kind and path: conflicts, names that were changed, guarded limits, nulls only
};

// Depends on the sketch and the policy alone; docs/formats/tables.md says how. A kind without records has key columns.
SchemaPlan PlanSchema(const SchemaSketch& sketch, ConflictPolicy policy);

// The same for one kind, for who does not hold all sketches in memory at once: adds to *plan.
void PlanKind(const KindName& name, const KindSketch& sketch, ConflictPolicy policy, SchemaPlan* plan);

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_PLAN_H_

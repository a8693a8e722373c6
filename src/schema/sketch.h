// What a kind's records hold, seen record by record and summed up: the ground on which a schema is planned.
#ifndef DATAHAUL_SCHEMA_SKETCH_H_
#define DATAHAUL_SCHEMA_SKETCH_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/digest.h"
#include "model/record.h"
#include "model/value.h"
#include "schema/field_table.h"

namespace datahaul {

// One place in a kind's records: a property, a map's field, or the elements of a list taken together. A view: cheap to
// copy; valid while its KindSketch stays where it is and as it is.
class FieldSketch {
 public:
  FieldSketch(const FieldTable* table, uint32_t place) : table_(table), place_(place) {}

  std::string_view name() const { return table_->name(place_); }  // not of elements, nor of the root
  uint64_t present() const;                                       // values seen here, nulls included
  uint64_t indexed() const;                                       // of them, indexed ones
  uint64_t count(Type type) const;                                // of them
  uint64_t inexact() const;                                       // integers that no double holds exactly
  uint64_t keyed() const;                                         // maps with a key of their own
  // What all values of `type` have in common; nothing where they differ.
  struct Common {
    std::optional<bool> indexed;
    std::optional<uint16_t> meaning;
  };
  Common common(Type type) const;

  // More different places are below it than are kept: the names of its maps are data (ids, dates), and are forgotten.
  bool open() const { return table_->open(place_); }
  std::vector<FieldSketch> fields() const;  // of the maps among the values; by name, bytewise
  bool has_fields() const { return table_->has_fields(place_); }
  std::optional<FieldSketch> elements() const;  // of the lists among the values; nothing if all are empty

 private:
  const FieldTable* table_;
  uint32_t place_;
};

// A value: copyable. Sums are the same in whatever order records were added and sketches merged. Not safe for
// concurrent use.
struct KindSketch {
  uint64_t records = 0;
  uint64_t deletions = 0;          // of them; they have a key and nothing else
  uint64_t unknown = 0;            // records with parts that the model has no place for
  std::array<uint64_t, 3> keys{};  // by PathElement::Id of the last element
  FieldTable table;

  // Its fields are the properties; present() = records - deletions.
  FieldSketch root() const { return {&table, FieldTable::kRoot}; }
};

using SchemaSketch = std::map<KindName, KindSketch>;

// Adds a record. Records of a kind look alike: where this one has the fields of the last one, a value costs a
// comparison of names and an addition.
void Add(const Record& record, KindSketch* sketch);

void Merge(const KindSketch& from, KindSketch* to);
void Merge(const SchemaSketch& from, SchemaSketch* to);

// A compact form for the job store: equal sums have equal bytes. Decode: DATA_LOSS for bytes that Encode did not make.
std::string Encode(const KindSketch& sketch);
absl::StatusOr<KindSketch> DecodeKindSketch(std::string_view bytes);

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_SKETCH_H_

// What a kind's records hold, seen record by record and summed up: the ground on which a schema is planned.
#ifndef DATAHAUL_SCHEMA_SKETCH_H_
#define DATAHAUL_SCHEMA_SKETCH_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "model/digest.h"
#include "model/value.h"

namespace datahaul {

// One place in a kind's records: a property, a map's field, or the elements of a list taken together. Sums are the
// same in whatever order records were added and sketches merged.
struct FieldSketch {
  // Beyond so many fields a map's names are data (ids, dates): it is `open`, and its fields are forgotten. Of a kind's
  // own properties as well.
  static constexpr size_t kMostFields = 15'000;

  uint64_t present = 0;              // values seen here, nulls included
  uint64_t indexed = 0;              // of them, indexed ones
  std::array<uint64_t, 16> types{};  // of them, by Type
  uint64_t inexact = 0;              // integers that no double holds exactly
  uint64_t keyed = 0;                // maps with a key of their own
  // The meaning that all values of types other than null had; kMixed where they differ, kUnseen where there are none.
  static constexpr uint32_t kUnseen = 0x10000, kMixed = 0x10001;
  uint32_t meaning = kUnseen;
  bool open = false;
  std::map<std::string, std::unique_ptr<FieldSketch>, std::less<>> fields;  // of the maps among the values
  std::unique_ptr<FieldSketch> elements;                                    // of the lists among the values
};

struct KindSketch {
  uint64_t records = 0;
  uint64_t deletions = 0;          // of them; they have a key and nothing else
  uint64_t unknown = 0;            // records with parts that the model has no place for
  std::array<uint64_t, 3> keys{};  // by PathElement::Id of the last element
  FieldSketch root;                // its fields are the properties; present = records - deletions
};

// Kinds of a slice, a phase or a whole source. Not safe for concurrent use.
using SchemaSketch = std::map<KindName, KindSketch>;

void Merge(const KindSketch& from, KindSketch* to);
void Merge(const SchemaSketch& from, SchemaSketch* to);

// A compact form for the job store. Decode: DATA_LOSS for bytes that Encode did not make.
std::string Encode(const KindSketch& sketch);
absl::StatusOr<KindSketch> DecodeKindSketch(std::string_view bytes);

}  // namespace datahaul

#endif  // DATAHAUL_SCHEMA_SKETCH_H_

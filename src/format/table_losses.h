// What a table does not keep of the records that are written into it: docs/formats/tables.md lists it.
#ifndef DATAHAUL_FORMAT_TABLE_LOSSES_H_
#define DATAHAUL_FORMAT_TABLE_LOSSES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "format/columns.h"
#include "model/receipt.h"
#include "model/record.h"
#include "model/schema.h"

namespace datahaul {

// Looks at every value before it is written: counts what is lost with it, and finds what the schema has no place for,
// which happens only when the source changed after it was scanned. Not safe for concurrent use.
class TableLosses {
 public:
  // `memory` must outlive it.
  explicit TableLosses(ColumnMemory* memory) : memory_(memory) {}

  // The record's parts beside its properties.
  void CountRecord(const Record& record) { not_expressible_ += !record.unknown.empty(); }

  // A property or a map's field, with what PairedFields has for it. False if there is no column for it, or one that
  // can't hold it or something inside it: see Misfit.
  bool CountField(const FieldColumn& pair, const Field& field) {
    if (HeadOf(field.value) == pair.head) [[likely]]
      return pair.leaf || CountInside(*pair.column, field.value);
    return CountOtherField(pair, field);
  }

  // Properties that all go into a PropertiesColumn.
  void CountProperties(const Map& properties) { json_values_ += properties.size; }

  // "nulls", "indexed_dropped", "meanings_dropped", "json_values", "widened", "not_expressible": those that are not 0.
  void AddCounters(Counters* counters) const;

  // Why CountField was false for a record's property.
  absl::Status Misfit(const Record& record, const FieldColumn& pair, const Field& property) const;
  // The error for a kind that the schema does not have.
  static absl::Status UnknownKind(const Record& record);

 private:
  // For values whose head is their column's PlainHead, and is not a leaf's.
  bool CountInside(const Column& column, const Value& value);
  bool CountItems(const Column& list, const Value& value);
  bool CountMap(const Column& structure, const Map& map);
  // For other values.
  bool CountOtherField(const FieldColumn& pair, const Field& field);
  bool CountOther(const Column& column, const Value& value);
  bool NoPlace(const Column& column, const Value& value);

  ColumnMemory* const memory_;
  uint64_t nulls_ = 0;
  uint64_t indexed_dropped_ = 0;
  uint64_t meanings_dropped_ = 0;
  uint64_t json_values_ = 0;
  uint64_t widened_ = 0;
  uint64_t not_expressible_ = 0;
  std::string misfit_;  // expected and found
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_TABLE_LOSSES_H_

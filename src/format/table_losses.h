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
  // The record's parts beside its properties.
  void CountRecord(const Record& record) { not_expressible_ += !record.unknown.empty(); }

  // A property or a map's field. False if `column` can't hold it, or something inside it: see Misfit.
  bool CountField(const Column& column, const Value& value) {
    if (value.type == Type::kNull) {  // comes back as absent
      ++nulls_;
      return true;
    }
    return CountValue(column, value);
  }

  // Properties that all go into a PropertiesColumn.
  void CountProperties(const Map& properties) { json_values_ += properties.size; }

  // "nulls", "indexed_dropped", "meanings_dropped", "json_values", "widened", "not_expressible": those that are not 0.
  void AddCounters(Counters* counters) const;

  // Why CountField was false, for a record's property `field`.
  absl::Status Misfit(const Record& record, std::string_view field) const;
  // Errors for a kind that the schema does not have, and for a property that its kind does not have.
  static absl::Status UnknownKind(const Record& record);
  static absl::Status UnknownField(const Record& record, std::string_view field);

 private:
  bool CountValue(const Column& column, const Value& value) {
    if (column.type == ColumnType::kJson) [[unlikely]] {
      ++json_values_;
      return true;
    }
    if (!Takes(column, value.type)) [[unlikely]]
      return NoPlace(column, value);
    if (!IsLeaf(column.type)) return CountNested(column, value);
    CountMarks(column, value);
    return true;
  }

  void CountMarks(const Column& column, const Value& value) {
    widened_ += column.widened && value.type == Type::kInt;
    indexed_dropped_ += value.indexed != column.indexed;
    meanings_dropped_ += value.meaning != (column.meaning != 0 ? column.meaning : ImpliedMeaning(value));
  }

  bool CountNested(const Column& column, const Value& value);
  bool CountItems(const Column& list, const Value& value);
  bool CountMap(const Column& structure, const Map& map);
  bool NoPlace(const Column& column, const Value& value);

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

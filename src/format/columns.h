// A record's values in the order of its kind's columns.
#ifndef DATAHAUL_FORMAT_COLUMNS_H_
#define DATAHAUL_FORMAT_COLUMNS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/record.h"
#include "model/schema.h"
#include "model/value.h"

namespace datahaul {

// Pairs the fields of a map with columns: both are in the bytewise order of their names, so that it is a merge. Ask for
// each column once, in order, but for the keyed first child of a structure, which is no field.
class FieldCursor {
 public:
  // `map` must outlive it.
  explicit FieldCursor(const Map& map) : map_(map) {}

  // The value for `column`; null if the map has no such field.
  const Value* Next(const Column& column) {
    while (next_ < map_.size) {
      const Field& field = map_.fields[map_.sorted[next_]];
      if (field.name == column.field) {
        ++next_;
        return &field.value;
      }
      if (column.field < field.name) return nullptr;
      NoteStranger(field);
      ++next_;
    }
    return nullptr;
  }

  // After the last column: a field that no column was for, null if there is none.
  const Field* Stranger() {
    if (next_ < map_.size) NoteStranger(map_.fields[map_.sorted[next_]]);
    return stranger_;
  }

 private:
  void NoteStranger(const Field& field) {
    if (stranger_ == nullptr) stranger_ = &field;
  }

  const Map& map_;
  uint32_t next_ = 0;
  const Field* stranger_ = nullptr;
};

// Finds the columns of records' kinds, once for each slot. Not safe for concurrent use.
class SlotColumns {
 public:
  // `schema` must outlive it.
  explicit SlotColumns(const Schema* schema) : schema_(schema) {}

  // Null if the schema does not have the record's kind.
  const KindSchema* Of(const Record& record) {
    if (record.slot < found_.size() && found_[record.slot] != nullptr) return found_[record.slot];
    return Find(record);
  }

 private:
  const KindSchema* Find(const Record& record);

  const Schema* const schema_;
  std::vector<const KindSchema*> found_;  // by slot
};

// True for a column whose values have meanings and indexed flags to restore: not a structure, list or variants.
inline bool IsLeaf(ColumnType type) { return type < ColumnType::kList; }

// Marks a value that was read back as all values of `column` were.
inline void RestoreMarks(const Column& column, Value* value) {
  value->indexed = column.indexed && value->type != Type::kArray;
  value->meaning = column.meaning != 0 && value->type != Type::kNull ? column.meaning : ImpliedMeaning(*value);
}

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_COLUMNS_H_

// A record's values in the order of its kind's columns.
#ifndef DATAHAUL_FORMAT_COLUMNS_H_
#define DATAHAUL_FORMAT_COLUMNS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"

#include "format/shape_memory.h"
#include "model/record.h"
#include "model/schema.h"
#include "model/value.h"
#include "model/value_head.h"

namespace datahaul {

// Where a field of a map belongs.
struct FieldColumn {
  const Column* column = nullptr;  // null: there is none for it
  uint32_t index = 0;              // of the column among its siblings
  uint32_t head = kNoHead;         // PlainHead(*column)
  bool leaf = true;                // IsLeaf(column->type)
};

FieldColumn MakeFieldColumn(const Column& column, uint32_t index);

// What is remembered of maps of known shapes, for PairedFields.
using ColumnMemory = ShapeMemory<FieldColumn>;

// The fields of a map with their columns. Fields that have some come in the order of their columns: both are in the
// bytewise order of their names. The keyed first child of a structure, and the key columns of a kind, are no fields.
class PairedFields {
 public:
  // `columns` and `memory` must outlive it.
  PairedFields(const Map& map, const std::vector<Column>& columns, ColumnMemory* memory);
  PairedFields(const PairedFields&) = delete;
  PairedFields& operator=(const PairedFields&) = delete;

  // Of map.fields[map.sorted[i]].
  const FieldColumn& operator[](uint32_t i) const { return items_[i]; }

 private:
  const FieldColumn* items_;
  absl::InlinedVector<FieldColumn, 16> own_;  // where the shape is not known
};

// HeadOf the values that `column` holds without a loss of type and marks, that is what they are but for what is inside
// them; of lists, those that are not empty. kNoHead if it can't be told by that: variants and JSON text.
uint32_t PlainHead(const Column& column);

// What of a record's key a key column holds.
enum class KeyPart : uint8_t { kReference, kNamespace, kId, kName, kDeleted };
inline KeyPart KeyPartOf(const Column& column) {
  switch (column.name.size()) {  // which tells them apart, and costs nothing
    case kKeyColumn.size():
      return KeyPart::kReference;
    case kNamespaceColumn.size():
      return KeyPart::kNamespace;
    case kIdColumn.size():
      return KeyPart::kId;
    case kNameColumn.size():
      return KeyPart::kName;
    default:
      return KeyPart::kDeleted;
  }
}

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

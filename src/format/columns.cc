#include "format/columns.h"

#include <algorithm>

namespace datahaul {
namespace {

// Of the columns from `begin` on, the one for `field`; null if there is none. It is mostly among the first.
const Column* FindColumn(const Column* begin, const Column* end, std::string_view field) {
  constexpr int kNear = 4;
  for (int i = 0; i < kNear && begin != end; ++i, ++begin) {
    if (begin->field == field) return begin;
  }
  begin = std::lower_bound(begin, end, field,
                           [](const Column& column, std::string_view name) { return column.field < name; });
  return begin != end && begin->field == field ? begin : nullptr;
}

void Pair(const Map& map, const std::vector<Column>& columns, FieldColumn* items) {
  const Column* next = columns.data();
  const Column* const end = next + columns.size();
  while (next != end && next->key) ++next;
  for (uint32_t i = 0; i < map.size; ++i) {
    items[i] = FieldColumn();
    const Column* const column = FindColumn(next, end, map.fields[map.sorted[i]].name);
    if (column == nullptr) continue;
    items[i] = MakeFieldColumn(*column, static_cast<uint32_t>(column - columns.data()));
    next = column + 1;
  }
}

}  // namespace

PairedFields::PairedFields(const Map& map, const std::vector<Column>& columns, ColumnMemory* memory) {
  FieldColumn* items = nullptr;
  if (map.shape != nullptr) {
    items_ = memory->Find(map, &columns);
    if (items_ != nullptr) [[likely]]
      return;
    items = memory->Add(map, &columns);
  }
  if (items == nullptr) {
    own_.resize(map.size);
    items = own_.data();
  }
  Pair(map, columns, items);
  items_ = items;
}

FieldColumn MakeFieldColumn(const Column& column, uint32_t index) {
  return {&column, index, PlainHead(column), IsLeaf(column.type)};
}

uint32_t PlainHead(const Column& column) {
  Value value;
  value.type = column.wrapped ? Type::kArray : ValueType(column.type);
  value.size = 1;
  if (value.type == Type::kNull) return kNoHead;
  return MakeHead(value.type, column.indexed, column.meaning != 0 ? column.meaning : ImpliedMeaning(value));
}

const KindSchema* SlotColumns::Find(const Record& record) {
  if (found_.size() <= record.slot) found_.resize(record.slot + 1, nullptr);
  return found_[record.slot] = schema_->Find(record.key->ns, record.key->kind());
}

}  // namespace datahaul

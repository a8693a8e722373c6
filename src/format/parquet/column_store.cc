#include "format/parquet/column_store.h"

#include <algorithm>

namespace datahaul {
namespace {

StoreForm FormOf(ColumnType type) {
  switch (type) {
    case ColumnType::kBool:
      return StoreForm::kBits;
    case ColumnType::kInt:
    case ColumnType::kDouble:
    case ColumnType::kTimestamp:
      return StoreForm::kWords;
    case ColumnType::kList:
      return StoreForm::kLists;
    case ColumnType::kGeoPoint:
    case ColumnType::kUser:
    case ColumnType::kStruct:
    case ColumnType::kVariants:
      return StoreForm::kStructs;
    default:
      return StoreForm::kTexts;
  }
}

}  // namespace

ColumnStore::ColumnStore(const Column* column) : column_(column), form_(FormOf(column->type)) {
  const std::vector<Column>& members = MembersOf(*column);
  children_.reserve(members.size());
  for (const Column& member : members) children_.emplace_back(&member);
}

bool ColumnStore::overflown() const {
  return data_.size() > kMostBytes || elements_ > kMostElements ||
         std::any_of(children_.begin(), children_.end(), [](const ColumnStore& child) { return child.overflown(); });
}

void ColumnStore::Free() {
  slots_ = present_ = elements_ = 0;
  valid_.Free();
  bits_.Free();
  data_.Free();
  ends_.Free();
  for (ColumnStore& child : children_) child.Free();
}

}  // namespace datahaul

#include "format/columns.h"

#include <algorithm>

namespace datahaul {

bool Takes(const Column& column, Type type) {
  if (type == Type::kNull) return true;
  switch (column.type) {
    case ColumnType::kBool:
      return type == Type::kBool;
    case ColumnType::kInt:
      return type == Type::kInt;
    case ColumnType::kDouble:
      return type == Type::kDouble || (column.widened && type == Type::kInt);
    case ColumnType::kTimestamp:
      return type == Type::kTimestamp;
    case ColumnType::kString:
      return type == Type::kString;
    case ColumnType::kBytes:
      return type == Type::kBytes;
    case ColumnType::kReference:
      return type == Type::kReference;
    case ColumnType::kGeoPoint:
      return type == Type::kGeoPoint;
    case ColumnType::kUser:
      return type == Type::kUser;
    case ColumnType::kDecimal:
      return type == Type::kDecimal;
    case ColumnType::kDate:
      return type == Type::kDate;
    case ColumnType::kTime:
      return type == Type::kTime;
    case ColumnType::kUuid:
      return type == Type::kUuid;
    case ColumnType::kJson:
      return true;
    case ColumnType::kList:
      return type == Type::kArray;
    case ColumnType::kStruct:
      return type == (column.wrapped ? Type::kArray : Type::kMap);
    case ColumnType::kVariants:
      return VariantFor(column, type) != nullptr;
  }
  return false;
}

const Column* VariantFor(const Column& variants, Type type) {
  const auto found = std::find_if(variants.children.begin(), variants.children.end(),
                                  [type](const Column& child) { return Takes(child, type); });
  return found == variants.children.end() ? nullptr : &*found;
}

const KindSchema* SlotColumns::Find(const Record& record) {
  if (found_.size() <= record.slot) found_.resize(record.slot + 1, nullptr);
  return found_[record.slot] = schema_->Find(record.key->ns, record.key->kind());
}

}  // namespace datahaul

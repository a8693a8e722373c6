#include "model/schema.h"

#include <algorithm>

namespace datahaul {
namespace {

Column Named(std::string_view name, ColumnType type) {
  Column column;
  column.name = name;
  column.type = type;
  return column;
}

std::vector<Column> UserMembers() {
  std::vector<Column> members;
  for (const std::string_view name :
       {"email", "auth_domain", "nickname", "user_id", "federated_identity", "federated_provider"}) {
    members.push_back(Named(name, ColumnType::kString));
  }
  members.push_back(Named("gaiaid", ColumnType::kInt));
  return members;
}

}  // namespace

const KindSchema* Schema::Find(std::string_view ns, std::string_view kind) const {
  const auto found = kinds.find(KindName{std::string(ns), std::string(kind)});
  return found == kinds.end() ? nullptr : &found->second;
}

std::vector<Column> KeyColumns() {
  const auto column = [](std::string_view name, ColumnType type) {
    Column key = Named(name, type);
    key.key = true;
    return key;
  };
  return {column(kKeyColumn, ColumnType::kReference), column(kNamespaceColumn, ColumnType::kString),
          column(kIdColumn, ColumnType::kInt), column(kNameColumn, ColumnType::kString)};
}

const std::vector<Column>& MembersOf(const Column& column) {
  static const auto& geo_point =
      *new std::vector<Column>{Named("latitude", ColumnType::kDouble), Named("longitude", ColumnType::kDouble)};
  static const auto& user = *new std::vector<Column>(UserMembers());
  if (column.type == ColumnType::kGeoPoint) return geo_point;
  return column.type == ColumnType::kUser ? user : column.children;
}

const Column* VariantFor(const Column& variants, Type type) {
  const auto found = std::find_if(variants.children.begin(), variants.children.end(),
                                  [type](const Column& child) { return Takes(child, type); });
  return found == variants.children.end() ? nullptr : &*found;
}

bool TakesUnlike(const Column& column, Type type) {
  if (type == Type::kNull) return true;
  switch (column.type) {
    case ColumnType::kDouble:
      return column.widened && type == Type::kInt;
    case ColumnType::kJson:
      return true;
    case ColumnType::kStruct:
      return column.wrapped && type == Type::kArray;
    case ColumnType::kVariants:
      return VariantFor(column, type) != nullptr;
    default:
      return false;
  }
}

std::string_view ColumnTypeName(ColumnType type) {
  switch (type) {
    case ColumnType::kBool:
      return "boolean";
    case ColumnType::kInt:
      return "integer";
    case ColumnType::kDouble:
      return "double";
    case ColumnType::kTimestamp:
      return "timestamp";
    case ColumnType::kString:
      return "string";
    case ColumnType::kBytes:
      return "bytes";
    case ColumnType::kReference:
      return "reference";
    case ColumnType::kGeoPoint:
      return "geoPoint";
    case ColumnType::kUser:
      return "user";
    case ColumnType::kDecimal:
      return "decimal";
    case ColumnType::kDate:
      return "date";
    case ColumnType::kTime:
      return "time";
    case ColumnType::kUuid:
      return "uuid";
    case ColumnType::kJson:
      return "json";
    case ColumnType::kList:
      return "list";
    case ColumnType::kStruct:
      return "struct";
    case ColumnType::kVariants:
      return "variants";
  }
  return "";
}

}  // namespace datahaul

#include "model/type_name.h"

namespace datahaul {

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kNull:
      return "null";
    case Type::kBool:
      return "boolean";
    case Type::kInt:
      return "integer";
    case Type::kDouble:
      return "double";
    case Type::kTimestamp:
      return "timestamp";
    case Type::kString:
      return "string";
    case Type::kBytes:
      return "bytes";
    case Type::kReference:
      return "reference";
    case Type::kGeoPoint:
      return "geoPoint";
    case Type::kArray:
      return "array";
    case Type::kMap:
      return "map";
    case Type::kUser:
      return "user";
    case Type::kDecimal:
      return "decimal";
    case Type::kDate:
      return "date";
    case Type::kTime:
      return "time";
    case Type::kUuid:
      return "uuid";
  }
  return "unknown";
}

}  // namespace datahaul

// The member names of a typed value.
#ifndef DATAHAUL_FORMAT_NDJSON_VALUE_FORM_H_
#define DATAHAUL_FORMAT_NDJSON_VALUE_FORM_H_

#include <cstdint>
#include <string_view>

namespace datahaul {

enum class ValueForm : uint8_t {
  kNone,  // no such member
  kNull,
  kBoolean,
  kInteger,
  kDouble,
  kTimestamp,
  kTimestampMicros,
  kString,
  kStringBytes,
  kBytes,
  kReference,
  kGeoPoint,
  kArray,
  kMap,
  kUser,
  kDecimal,
  kDate,
  kTime,
  kUuid,
  // Beside the value:
  kIndexed,
  kMeaning,
};

inline ValueForm ValueFormOf(std::string_view name) {
  switch (name.size()) {
    case 7:
      if (name == "indexed") return ValueForm::kIndexed;
      if (name == "meaning") return ValueForm::kMeaning;
      break;
    case 8:
      if (name == "mapValue") return ValueForm::kMap;
      break;
    case 9:
      if (name == "nullValue") return ValueForm::kNull;
      if (name == "userValue") return ValueForm::kUser;
      if (name == "dateValue") return ValueForm::kDate;
      if (name == "timeValue") return ValueForm::kTime;
      if (name == "uuidValue") return ValueForm::kUuid;
      break;
    case 10:
      if (name == "arrayValue") return ValueForm::kArray;
      if (name == "bytesValue") return ValueForm::kBytes;
      break;
    case 11:
      if (name == "stringValue") return ValueForm::kString;
      if (name == "doubleValue") return ValueForm::kDouble;
      if (name == "stringBytes") return ValueForm::kStringBytes;
      break;
    case 12:
      if (name == "integerValue") return ValueForm::kInteger;
      if (name == "booleanValue") return ValueForm::kBoolean;
      if (name == "decimalValue") return ValueForm::kDecimal;
      break;
    case 13:
      if (name == "geoPointValue") return ValueForm::kGeoPoint;
      break;
    case 14:
      if (name == "timestampValue") return ValueForm::kTimestamp;
      if (name == "referenceValue") return ValueForm::kReference;
      break;
    case 15:
      if (name == "timestampMicros") return ValueForm::kTimestampMicros;
      break;
    default:
      break;
  }
  return ValueForm::kNone;
}

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_NDJSON_VALUE_FORM_H_

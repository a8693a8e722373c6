#include "format/ndjson/json_value_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "base/text.h"
#include "format/columns.h"
#include "format/ndjson/key_path.h"
#include "format/ndjson/plain_value.h"
#include "format/ndjson/rfc3339.h"

namespace datahaul {
namespace {

constexpr std::string_view kKeyMember = "__key__";

// Columns of fields are in the order of their names, behind a key's.
const Column* FindChild(const Column& structure, std::string_view field) {
  auto first = structure.children.begin();
  if (first != structure.children.end() && first->key) ++first;
  const auto found = std::lower_bound(first, structure.children.end(), field,
                                      [](const Column& child, std::string_view name) { return child.field < name; });
  return found != structure.children.end() && found->field == field ? &*found : nullptr;
}

}  // namespace

std::string_view FieldOfMember(std::string_view name) {
  if (name.size() > kKeyMember.size() && CollidesWithKey(name)) name.remove_suffix(1);
  return name;
}

bool JsonValueReader::Read(std::string_view text, const Column& column, Arena* arena, Value* value) {
  problem_ = Problem();
  arena_ = arena;
  Begin(text.size());
  // A cursor needs a byte that ends a token behind the text.
  char* const copy = static_cast<char*>(arena->Allocate(text.size() + 1));
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\n';
  if (!index_.Index({copy, end_})) return Wrong("JSON", std::string(index_.problem()));
  cursor_.Start({copy, end_}, index_.tokens(), arena);
  if (cursor_.offset() >= end_) return Wrong("JSON", "nothing");
  return ReadValue(column, value) && (cursor_.AtEndOf(end_) || Expected("the end of the JSON text"));
}

bool JsonValueReader::ReadValue(const Column& column, Value* value) {
  *value = Value();
  if (cursor_.TakeLiteral("null")) {
    RestoreMarks(column, value);
    return true;
  }
  if (column.type == ColumnType::kVariants) return ReadVariant(column, value);
  if (!ReadPlain(column, value)) return false;
  RestoreMarks(column, value);
  return true;
}

bool JsonValueReader::ReadPlain(const Column& column, Value* value) {
  switch (column.type) {
    case ColumnType::kBool:
      value->type = Type::kBool;
      return ReadBool(&value->boolean);
    case ColumnType::kInt:
      value->type = Type::kInt;
      return cursor_.ReadInt(&value->integer) || Expected("integer");
    case ColumnType::kDouble:
      value->type = Type::kDouble;
      return ReadDouble(&value->number);
    case ColumnType::kTimestamp:
      value->type = Type::kTimestamp;
      return ReadTimestamp(&value->integer);
    case ColumnType::kString:
    case ColumnType::kDecimal:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kUuid:
      return ReadText(ValueType(column.type), value);
    case ColumnType::kBytes:
      return ReadBytes(value);
    case ColumnType::kReference:
      return ReadReference(value);
    case ColumnType::kGeoPoint:
      return ReadGeoPoint(value);
    case ColumnType::kUser:
      return ReadUser(value);
    case ColumnType::kList:
      return ReadList(column.children[0], value);
    case ColumnType::kStruct:
      return column.wrapped ? ReadList(column.children[0].children[0], value) : ReadStruct(column, value);
    case ColumnType::kJson:
      break;
    case ColumnType::kVariants:
      return ReadVariant(column, value);
  }
  switch (cursor_.Peek()) {
    case 't':
    case 'f':
      value->type = Type::kBool;
      return ReadBool(&value->boolean);
    case '"':
      return ReadText(Type::kString, value);
    case '[':
      return ReadList(column, value);
    case '{':
      return ReadMap(column, value);
    default:
      return ReadNumber(value);
  }
}

bool JsonValueReader::ReadNumber(Value* value) {
  value->type = Type::kInt;
  if (cursor_.ReadInt(&value->integer)) return true;
  value->type = Type::kDouble;
  return cursor_.ReadDouble(&value->number) || Expected("a JSON value");
}

bool JsonValueReader::ReadTimestamp(int64_t* value) {
  std::string_view text;
  if (!ReadString(&text)) return false;
  if (const std::optional<int64_t> time = ParseTimestampText(text)) {
    *value = *time;
    return true;
  }
  return WrongText("timestamp", text);
}

bool JsonValueReader::ReadBytes(Value* value) {
  std::string_view bytes;
  if (!ReadBase64(&bytes)) return false;
  SetText(Type::kBytes, bytes, value);
  return true;
}

bool JsonValueReader::ReadReference(Value* value) {
  std::string_view text;
  if (!ReadString(&text)) return false;
  Key* const key = arena_->New<Key>();
  if (!ParseReferenceText(text, arena_, key)) return WrongText("reference", text);
  value->type = Type::kReference;
  value->reference = key;
  return true;
}

bool JsonValueReader::ReadDegrees(double* value) {
  if (!cursor_.TakeLiteral("null")) return ReadDouble(value);
  *value = std::numeric_limits<double>::quiet_NaN();  // it was not finite
  return true;
}

bool JsonValueReader::ReadGeoPoint(Value* value) {
  GeoPoint* const point = arena_->New<GeoPoint>();
  int seen = 0;
  const bool read = ReadObject("an object of latitude and longitude", [&](std::string_view name) {
    if (name == "latitude") {
      seen |= 1;
      return ReadDegrees(&point->latitude);
    }
    if (name != "longitude") return WrongText("latitude or longitude", name);
    seen |= 2;
    return ReadDegrees(&point->longitude);
  });
  if (!read) return false;
  if (seen != 3) return Wrong("latitude and longitude", "one of them");
  value->type = Type::kGeoPoint;
  value->point = point;
  return true;
}

bool JsonValueReader::ReadUser(Value* value) {
  User* const user = arena_->New<User>();
  const bool read = ReadObject("an object of a user's members", [&](std::string_view name) {
    if (name == "gaiaid") {
      user->has_gaiaid = true;
      return cursor_.ReadInt(&user->gaiaid) || Expected("integer");
    }
    for (const UserMember& member : kUserMembers) {
      if (member.name == name) return ReadString(&(user->*member.text));
    }
    return WrongText("a user's member", name);
  });
  if (!read) return false;
  value->type = Type::kUser;
  value->user = user;
  return true;
}

bool JsonValueReader::ReadList(const Column& element, Value* value) {
  return ReadItems("a list", value, [&](Value* item) {
    // Nor would there be an end to them.
    if (cursor_.Peek() == '[') return Expected("a value that is no list itself");
    return ReadValue(element, item);
  });
}

template <typename OnMember>
bool JsonValueReader::ReadFields(Value* value, OnMember on_member) {
  Map* const map = arena_->New<Map>();
  const size_t first = fields_.size();
  const bool read =
      Deeper([&] { return ReadObject("an object", [&](std::string_view name) { return on_member(name, map); }); });
  if (!read || !TakeFields(first, map)) return false;
  value->type = Type::kMap;
  value->map = map;
  return true;
}

bool JsonValueReader::ReadStruct(const Column& column, Value* value) {
  return ReadFields(value, [&](std::string_view name, Map* map) { return ReadMember(column, name, map); });
}

bool JsonValueReader::ReadMember(const Column& column, std::string_view name, Map* map) {
  if (name == kKeyMember && !column.children.empty() && column.children[0].key) return ReadKey(&map->key);
  Field field;
  field.name = FieldOfMember(name);
  const Column* const child = FindChild(column, field.name);
  if (child == nullptr) return WrongText("a field of the schema", name);
  if (!ReadValue(*child, &field.value)) return Inside(field.name);
  if (field.value.type != Type::kNull) fields_.push_back(field);
  return true;
}

bool JsonValueReader::ReadKey(const Key** result) {
  Key* const key = arena_->New<Key>();
  std::string_view path, database, ns;
  const bool read = ReadObject("an object with the members of a key", [&](std::string_view name) {
    if (name == "path") return ReadString(&path);
    if (name == "database") return ReadString(&database);
    if (name == "namespace") return ReadString(&ns);
    Value last;  // "kind", "id" and "name" say again what the path ends with
    static const Column kAny{.type = ColumnType::kJson};
    return ReadValue(kAny, &last);
  });
  if (!read) return Inside(kKeyMember);
  if (!ParseReferenceText(path, arena_, key)) return WrongText("the path of a key", path) || Inside(kKeyMember);
  key->database = database;
  key->ns = ns;
  *result = key;
  return true;
}

bool JsonValueReader::ReadVariant(const Column& column, Value* value) {
  int members = 0;
  const bool read = ReadObject("an object with one member named after its type", [&](std::string_view name) {
    const auto child = std::find_if(column.children.begin(), column.children.end(),
                                    [name](const Column& variant) { return variant.name == name; });
    if (child == column.children.end()) return WrongText("a variant of the schema", name);
    ++members;
    return ReadValue(*child, value) || Inside(name);
  });
  return read && (members == 1 || Wrong("one variant", StrCat(members)));
}

bool JsonValueReader::ReadMap(const Column& column, Value* value) {
  return ReadFields(value, [&](std::string_view name, Map* map) {
    // Fields of that name have been renamed.
    if (name == kKeyMember && cursor_.Peek() == '{') return ReadKey(&map->key);
    Field field;
    field.name = FieldOfMember(name);
    if (!ReadValue(column, &field.value)) return Inside(field.name);
    fields_.push_back(field);
    return true;
  });
}

}  // namespace datahaul

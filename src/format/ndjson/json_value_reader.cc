#include "format/ndjson/json_value_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "base/text.h"
#include "format/columns.h"
#include "format/ndjson/key_path.h"
#include "format/ndjson/plain_value.h"
#include "format/ndjson/printable.h"
#include "format/ndjson/rfc3339.h"

namespace datahaul {
namespace {

constexpr std::string_view kKeyMember = "__key__";

struct UserMember {
  std::string_view name;
  std::string_view User::* text;
};
constexpr UserMember kUserMembers[] = {
    {"email", &User::email},
    {"auth_domain", &User::auth_domain},
    {"nickname", &User::nickname},
    {"user_id", &User::user_id},
    {"federated_identity", &User::federated_identity},
    {"federated_provider", &User::federated_provider},
};

std::string Quoted(std::string_view text) { return StrCat('"', Printable(text), '"'); }

void SetText(Type type, std::string_view text, Value* value) {
  value->type = type;
  value->chars = text.data();
  value->size = static_cast<uint32_t>(text.size());
}

Type TextTypeOf(ColumnType type) {
  switch (type) {
    case ColumnType::kDecimal:
      return Type::kDecimal;
    case ColumnType::kDate:
      return Type::kDate;
    case ColumnType::kTime:
      return Type::kTime;
    case ColumnType::kUuid:
      return Type::kUuid;
    default:
      return Type::kString;
  }
}

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
  depth_ = 0;
  fields_.clear();
  items_.clear();
  // A cursor needs a byte that ends a token behind the text.
  char* const copy = static_cast<char*>(arena->Allocate(text.size() + 1));
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\n';
  end_ = text.size();
  if (!index_.Index({copy, end_})) return Wrong("JSON", index_.problem());
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
      return ReadBool(value);
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
      value->type = TextTypeOf(column.type);
      return ReadText(value);
    case ColumnType::kBytes:
      return ReadBase64(value);
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
      return ReadBool(value);
    case '"':
      value->type = Type::kString;
      return ReadText(value);
    case '[':
      return ReadList(column, value);
    case '{':
      return ReadMap(column, value);
    default:
      return ReadNumber(value);
  }
}

bool JsonValueReader::ReadBool(Value* value) {
  value->type = Type::kBool;
  value->boolean = cursor_.Peek() == 't';
  return cursor_.TakeLiteral(value->boolean ? "true" : "false") || Expected("true or false");
}

bool JsonValueReader::ReadDouble(double* value) {
  constexpr std::string_view kExpected = "double";
  if (cursor_.Peek() != '"') return cursor_.ReadDouble(value) || Expected(kExpected);
  std::string_view text;
  if (!ReadString(&text)) return false;
  if (text == "NaN") {
    *value = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "Infinity" || text == "-Infinity") {
    *value = text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  } else {
    return Wrong(kExpected, Quoted(text));
  }
  return true;
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
  return Wrong("timestamp", Quoted(text));
}

bool JsonValueReader::ReadBase64(Value* value) {
  std::string_view text;
  if (!ReadString(&text)) return false;
  char* const out = static_cast<char*>(arena_->Allocate(text.size() / 4 * 3 + 1));
  const std::optional<size_t> size = UnBase64To(out, text);
  if (!size) return Wrong("base64 with padding", Quoted(text));
  SetText(Type::kBytes, {out, *size}, value);
  return true;
}

bool JsonValueReader::ReadReference(Value* value) {
  std::string_view text;
  if (!ReadString(&text)) return false;
  Key* const key = arena_->New<Key>();
  if (!ParseReferenceText(text, arena_, key)) return Wrong("reference", Quoted(text));
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
    if (name != "longitude") return Wrong("latitude or longitude", Quoted(name));
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
    return Wrong("a user's member", Quoted(name));
  });
  if (!read) return false;
  value->type = Type::kUser;
  value->user = user;
  return true;
}

bool JsonValueReader::ReadList(const Column& element, Value* value) {
  const size_t first = items_.size();
  const bool read = ReadArray([&] {
    Value item;
    const size_t index = items_.size() - first;
    // Nor would there be an end to them.
    if (cursor_.Peek() == '[') return Expected("a value that is no list itself") || Inside(index);
    if (!ReadValue(element, &item)) return Inside(index);
    items_.push_back(item);
    return true;
  });
  if (!read) return false;
  value->type = Type::kArray;
  value->size = static_cast<uint32_t>(items_.size() - first);
  value->items = arena_->CopyArray(items_.data() + first, value->size);
  items_.resize(first);
  return true;
}

bool JsonValueReader::ReadStruct(const Column& column, Value* value) {
  if (depth_ == kDeepest) return Wrong(StrCat("at most ", kDeepest, " levels of maps"), "more");
  ++depth_;
  Map* const map = arena_->New<Map>();
  const size_t first = fields_.size();
  const bool read = ReadObject("an object", [&](std::string_view name) { return ReadMember(column, name, map); });
  --depth_;
  return read && FinishMap(first, map, value);
}

bool JsonValueReader::ReadMember(const Column& column, std::string_view name, Map* map) {
  if (name == kKeyMember && !column.children.empty() && column.children[0].key) return ReadKey(&map->key);
  Field field;
  field.name = FieldOfMember(name);
  const Column* const child = FindChild(column, field.name);
  if (child == nullptr) return Wrong("a field of the schema", Quoted(name));
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
  if (!ParseReferenceText(path, arena_, key)) return Wrong("the path of a key", Quoted(path)) || Inside(kKeyMember);
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
    if (child == column.children.end()) return Wrong("a variant of the schema", Quoted(name));
    ++members;
    return ReadValue(*child, value) || Inside(name);
  });
  return read && (members == 1 || Wrong("one variant", StrCat(members)));
}

bool JsonValueReader::ReadMap(const Column& column, Value* value) {
  if (depth_ == kDeepest) return Wrong(StrCat("at most ", kDeepest, " levels of maps"), "more");
  ++depth_;
  Map* const map = arena_->New<Map>();
  const size_t first = fields_.size();
  const bool read = ReadObject("an object", [&](std::string_view name) {
    // Fields of that name have been renamed.
    if (name == kKeyMember && cursor_.Peek() == '{') return ReadKey(&map->key);
    Field field;
    field.name = FieldOfMember(name);
    if (!ReadValue(column, &field.value)) return Inside(field.name);
    fields_.push_back(field);
    return true;
  });
  --depth_;
  return read && FinishMap(first, map, value);
}

bool JsonValueReader::FinishMap(size_t first, Map* map, Value* value) {
  map->size = static_cast<uint32_t>(fields_.size() - first);
  map->fields = arena_->CopyArray(fields_.data() + first, map->size);
  fields_.resize(first);
  bool unique = true;
  map->sorted = order_.Sort(map->fields, map->size, arena_, &unique);
  if (!unique) return Wrong("each field once", "one twice");
  value->type = Type::kMap;
  value->map = map;
  return true;
}

bool JsonValueReader::ReadText(Value* value) {
  std::string_view text;
  if (!ReadString(&text)) return false;
  SetText(value->type, text, value);
  return true;
}

bool JsonValueReader::ReadString(std::string_view* text) {
  if (cursor_.ReadString(text)) return true;
  return Expected(cursor_.Peek() == '"' ? "a string with well-formed escapes" : "a string");
}

template <typename OnMember>
bool JsonValueReader::ReadObject(std::string_view what, OnMember on_member) {
  if (!cursor_.Take('{')) return Expected(what);
  if (cursor_.Take('}')) return true;
  do {
    std::string_view name;
    if (!cursor_.ReadString(&name)) return Expected("a member's name");
    if (!cursor_.Take(':')) return Expected("':'");
    if (!on_member(name)) return false;
  } while (cursor_.Take(','));
  return cursor_.Take('}') || Expected("',' or '}'");
}

template <typename OnItem>
bool JsonValueReader::ReadArray(OnItem on_item) {
  if (!cursor_.Take('[')) return Expected("a list");
  if (cursor_.Take(']')) return true;
  do {
    if (!on_item()) return false;
  } while (cursor_.Take(','));
  return cursor_.Take(']') || Expected("',' or ']'");
}

bool JsonValueReader::Expected(std::string_view what) { return Wrong(what, cursor_.Describe(end_)); }

bool JsonValueReader::Wrong(std::string_view expected, std::string_view found) {
  problem_.expected = expected;
  problem_.found = found;
  return false;
}

bool JsonValueReader::Inside(std::string_view field) {
  const bool joins = problem_.field.empty() || problem_.field[0] == '[';
  problem_.field = StrCat(Printable(field), joins ? "" : ".", problem_.field);
  return false;
}

bool JsonValueReader::Inside(size_t index) {
  const bool joins = problem_.field.empty() || problem_.field[0] == '[';
  problem_.field = StrCat('[', index, ']', joins ? "" : ".", problem_.field);
  return false;
}

}  // namespace datahaul

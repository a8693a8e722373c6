#include "format/ndjson/typed_record_parser.h"

#include <charconv>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "format/ndjson/rfc3339.h"

namespace datahaul {
namespace {

enum RecordMember : uint32_t { kKey = 1, kProperties = 2, kOp = 4, kUnknown = 8 };
enum KeyMember : uint32_t { kApp = 1, kDatabase = 2, kNamespace = 4, kPath = 8 };
enum ValueMember : uint32_t { kForm = 1, kIndexed = 2, kMeaning = 4 };
enum PointMember : uint32_t { kLatitude = 1, kLongitude = 2 };
enum MapMember : uint32_t { kMapFields = 1, kMapKey = 2 };

constexpr uint32_t kGaiaId = 1u << 31;

// An int64 spelled as a JSON number without fraction and exponent.
std::optional<int64_t> ParseDecimal(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

void TypedRecordParser::Start(std::string_view text, const uint32_t* tokens, Arena* arena) {
  arena_ = arena;
  cursor_.Start(text, tokens, arena);
}

bool TypedRecordParser::Parse(size_t line_end, Record* record) {
  Begin(line_end);
  path_.clear();
  const uint32_t* const mark = cursor_.Mark();
  if (ParseRecord(record) && (cursor_.AtEndOf(line_end) || Expected("the end of the line"))) return true;
  cursor_.SkipTo(line_end, mark);
  return false;
}

bool TypedRecordParser::ParseRecord(Record* record) {
  problem_.field.clear();
  if (cursor_.offset() >= end_) return Wrong("a record", "an empty line");
  uint32_t seen = 0;
  const bool read =
      ReadObject("a record", [&](std::string_view name) { return ParseRecordMember(name, &seen, record); });
  return read && CheckRecord(seen, *record);
}

bool TypedRecordParser::ParseRecordMember(std::string_view name, uint32_t* seen, Record* record) {
  if (name == "key") return Once(kKey, name, seen) && ParseKey(&record->key);
  if (name == "properties") return Once(kProperties, name, seen) && ParseFields(&record->properties);
  if (name == "op") return Once(kOp, name, seen) && ParseOp(&record->op);
  if (name == "unknown") return Once(kUnknown, name, seen) && ReadBase64(&record->unknown);
  return ExpectedMember("a record's member (key, properties, op, unknown)", name);
}

bool TypedRecordParser::ParseOp(Op* op) {
  std::string_view name;
  if (!ReadString(&name)) return false;
  if (name != "delete") return WrongText("\"delete\"", name);
  *op = Op::kDelete;
  return true;
}

bool TypedRecordParser::CheckRecord(uint32_t seen, const Record& record) {
  if (!(seen & kKey)) return Missing("key");
  if (record.key->size == 0) return Wrong("a key with at least one path element", "an empty path");
  if (record.op == Op::kDelete) {
    return !(seen & (kProperties | kUnknown)) || Wrong("the key alone in a deletion", "properties or unknown");
  }
  return (seen & kProperties) || Missing("properties");
}

bool TypedRecordParser::ParseKey(const Key** result) {
  Key* const key = arena_->New<Key>();
  uint32_t seen = 0;
  const bool read = ReadObject("a key", [&](std::string_view name) {
    if (name == "path") return Once(kPath, name, &seen) && ParsePath(key);
    if (name == "namespace") return Once(kNamespace, name, &seen) && ReadString(&key->ns);
    if (name == "database") return Once(kDatabase, name, &seen) && ReadString(&key->database);
    if (name == "app") return Once(kApp, name, &seen) && ReadString(&key->app);
    return ExpectedMember("a key's member (app, database, namespace, path)", name);
  });
  if (!read) return false;
  if (!(seen & kDatabase)) return Missing("database");
  if (!(seen & kNamespace)) return Missing("namespace");
  if (!(seen & kPath)) return Missing("path");
  *result = key;
  return true;
}

bool TypedRecordParser::ParsePath(Key* key) {
  path_.clear();
  const bool read = ReadArray("a key's path", [&] { return ParsePathElement(&path_.emplace_back()); });
  if (!read) return false;
  key->path = arena_->CopyArray(path_.data(), path_.size());
  key->size = static_cast<uint32_t>(path_.size());
  return true;
}

bool TypedRecordParser::ParsePathElement(PathElement* element) {
  if (!cursor_.Take('[')) return Expected("a path element: [kind, name], [kind, id] or [kind, null]");
  if (!ReadString(&element->kind)) return false;
  if (!cursor_.Take(',')) return Expected("',' and a name, an id or null");
  if (cursor_.Peek() == '"') {
    element->id = PathElement::Id::kName;
    if (!ReadString(&element->name)) return false;
  } else if (cursor_.Peek() == 'n') {
    if (!ParseNull()) return false;
  } else {
    element->id = PathElement::Id::kNumber;
    if (!cursor_.ReadInt(&element->number)) return Expected("a name, an int64 id or null");
  }
  return cursor_.Take(']') || Expected("']' behind two members of a path element");
}

bool TypedRecordParser::ParseFields(Map* map) {
  const size_t first = fields_.size();
  const bool read = ReadObject("an object of fields", [&](std::string_view name) {
    Field field;
    field.name = name;
    if (!ParseValue(&field.value)) return Inside(name);
    fields_.push_back(field);
    return true;
  });
  return read && TakeFields(first, map);
}

bool TypedRecordParser::ParseValue(Value* value) {
  uint32_t seen = 0;
  uint16_t meaning = 0;
  bool indexed = false;
  const bool read = ReadObject("a value", [&](std::string_view name) {
    const ValueForm form = ValueFormOf(name);
    switch (form) {
      case ValueForm::kNone:
        return ExpectedMember("a value form, indexed or meaning", name);
      case ValueForm::kIndexed:
        return Once(kIndexed, name, &seen) && ReadBool(&indexed);
      case ValueForm::kMeaning:
        return Once(kMeaning, name, &seen) && ParseMeaning(&meaning);
      default:
        if (seen & kForm) return ExpectedMember("one value form", name);
        seen |= kForm;
        return ParseForm(form, value);
    }
  });
  if (!read) return false;
  if (!(seen & kForm)) return Wrong("a value form", "none");
  if (indexed && value->type == Type::kArray) return Wrong("no \"indexed\" beside arrayValue", "it");
  value->indexed = indexed;
  value->meaning = seen & kMeaning ? meaning : ImpliedMeaning(*value);
  return true;
}

bool TypedRecordParser::ParseForm(ValueForm form, Value* value) {
  switch (form) {
    case ValueForm::kNull:
      return ParseNull();
    case ValueForm::kBoolean:
      value->type = Type::kBool;
      return ReadBool(&value->boolean);
    case ValueForm::kInteger:
      value->type = Type::kInt;
      return ParseInteger(&value->integer);
    case ValueForm::kDouble:
      value->type = Type::kDouble;
      return ReadDouble(&value->number);
    case ValueForm::kTimestamp:
      value->type = Type::kTimestamp;
      return ParseTimestamp(&value->integer);
    case ValueForm::kTimestampMicros:
      value->type = Type::kTimestamp;
      return ParseInteger(&value->integer);
    case ValueForm::kString:
      return ReadText(Type::kString, value);
    case ValueForm::kStringBytes:
      return ParseBytes(Type::kString, value);
    case ValueForm::kBytes:
      return ParseBytes(Type::kBytes, value);
    case ValueForm::kReference:
      return ParseReference(value);
    case ValueForm::kGeoPoint:
      return ParseGeoPoint(value);
    case ValueForm::kArray:
      return ParseArray(value);
    case ValueForm::kMap:
      return ParseMap(value);
    case ValueForm::kUser:
      return ParseUser(value);
    case ValueForm::kDecimal:
      return ReadText(Type::kDecimal, value);
    case ValueForm::kDate:
      return ReadText(Type::kDate, value);
    case ValueForm::kTime:
      return ReadText(Type::kTime, value);
    case ValueForm::kUuid:
      return ReadText(Type::kUuid, value);
    case ValueForm::kNone:
    case ValueForm::kIndexed:
    case ValueForm::kMeaning:
      break;
  }
  return Expected("a value form");
}

bool TypedRecordParser::ParseNull() { return cursor_.TakeLiteral("null") || Expected("null"); }

bool TypedRecordParser::ParseInteger(int64_t* value) {
  std::string_view text;
  if (cursor_.Peek() != '"') return Expected("an int64, as decimal digits in a string");
  if (!ReadString(&text)) return false;
  const std::optional<int64_t> integer = ParseDecimal(text);
  if (!integer) return WrongText("an int64, as decimal digits in a string", text);
  *value = *integer;
  return true;
}

bool TypedRecordParser::ParseTimestamp(int64_t* value) {
  std::string_view text;
  if (!ReadString(&text)) return false;
  const std::optional<Micros> time = ParseRfc3339(text);
  if (!time) return WrongText("an RFC 3339 time in UTC, exact in microseconds (2025-01-02T03:04:05.000006Z)", text);
  *value = *time;
  return true;
}

bool TypedRecordParser::ParseBytes(Type type, Value* value) {
  std::string_view bytes;
  if (!ReadBase64(&bytes)) return false;
  SetText(type, bytes, value);
  return true;
}

bool TypedRecordParser::ParseReference(Value* value) {
  const Key* key = nullptr;
  if (!ParseKey(&key)) return false;
  value->type = Type::kReference;
  value->reference = key;
  return true;
}

bool TypedRecordParser::ParseGeoPoint(Value* value) {
  GeoPoint* const point = arena_->New<GeoPoint>();
  uint32_t seen = 0;
  const bool read = ReadObject("an object of latitude and longitude", [&](std::string_view name) {
    if (name == "latitude") return Once(kLatitude, name, &seen) && ReadDouble(&point->latitude);
    if (name == "longitude") return Once(kLongitude, name, &seen) && ReadDouble(&point->longitude);
    return ExpectedMember("latitude or longitude", name);
  });
  if (!read) return false;
  if (!(seen & kLatitude)) return Missing("latitude");
  if (!(seen & kLongitude)) return Missing("longitude");
  value->type = Type::kGeoPoint;
  value->point = point;
  return true;
}

bool TypedRecordParser::ParseArray(Value* value) {
  uint32_t seen = 0;
  const bool read = ReadObject("an object of values", [&](std::string_view name) {
    if (name != "values") return ExpectedMember("values", name);
    return Once(1, name, &seen) && ParseItems(value);
  });
  return read && (seen != 0 || Missing("values"));
}

bool TypedRecordParser::ParseItems(Value* value) {
  return ReadItems("an array of values", value, [&](Value* item) {
    if (!ParseValue(item)) return false;
    return item->type != Type::kArray || Wrong("a value that is not an array itself", "an array");
  });
}

bool TypedRecordParser::ParseMap(Value* value) {
  Map* const map = arena_->New<Map>();
  uint32_t seen = 0;
  const bool read = Deeper([&] {
    return ReadObject("an object of fields", [&](std::string_view name) {
      if (name == "fields") return Once(kMapFields, name, &seen) && ParseFields(map);
      if (name == "key") return Once(kMapKey, name, &seen) && ParseKey(&map->key);
      return ExpectedMember("fields or key", name);
    });
  });
  if (!read) return false;
  if (!(seen & kMapFields)) return Missing("fields");
  value->type = Type::kMap;
  value->map = map;
  return true;
}

bool TypedRecordParser::ParseUser(Value* value) {
  User* const user = arena_->New<User>();
  uint32_t seen = 0;
  const bool read = ReadObject("a user", [&](std::string_view name) {
    if (name == "gaiaid") {
      user->has_gaiaid = true;
      return Once(kGaiaId, name, &seen) && ParseInteger(&user->gaiaid);
    }
    for (const UserMember& member : kUserMembers) {
      if (member.name != name) continue;
      return Once(1u << (&member - kUserMembers), name, &seen) && ReadString(&(user->*member.text));
    }
    return ExpectedMember("a user's member", name);
  });
  if (!read) return false;
  value->type = Type::kUser;
  value->user = user;
  return true;
}

bool TypedRecordParser::ParseMeaning(uint16_t* meaning) {
  constexpr std::string_view kExpected = "a meaning from 0 to 65535";
  int64_t number = 0;
  if (!cursor_.ReadInt(&number)) return Expected(kExpected);
  if (number < 0 || number > UINT16_MAX) return Wrong(kExpected, StrCat(number));
  *meaning = static_cast<uint16_t>(number);
  return true;
}

bool TypedRecordParser::ExpectedMember(std::string_view what, std::string_view found_name) {
  return WrongText(what, found_name);
}

bool TypedRecordParser::Missing(std::string_view member) { return Wrong(StrCat("member ", Quoted(member)), "none"); }

bool TypedRecordParser::Once(uint32_t bit, std::string_view name, uint32_t* seen) {
  if (*seen & bit) return ExpectedMember("a member once", name);
  *seen |= bit;
  return true;
}

}  // namespace datahaul

#include "format/ndjson/typed_record_parser.h"

#include <charconv>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "format/ndjson/printable.h"
#include "format/ndjson/rfc3339.h"

namespace datahaul {
namespace {

enum RecordMember : uint32_t { kKey = 1, kProperties = 2, kOp = 4, kUnknown = 8 };
enum KeyMember : uint32_t { kApp = 1, kDatabase = 2, kNamespace = 4, kPath = 8 };
enum ValueMember : uint32_t { kForm = 1, kIndexed = 2, kMeaning = 4 };
enum PointMember : uint32_t { kLatitude = 1, kLongitude = 2 };
enum MapMember : uint32_t { kMapFields = 1, kMapKey = 2 };

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
constexpr uint32_t kGaiaId = 1u << 31;

std::string Quoted(std::string_view text) { return StrCat('"', Printable(text), '"'); }

// An int64 spelled as a JSON number without fraction and exponent.
std::optional<int64_t> ParseDecimal(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> ParseNonFinite(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

void SetText(std::string_view text, Type type, Value* value) {
  value->type = type;
  value->chars = text.data();
  value->size = static_cast<uint32_t>(text.size());
}

}  // namespace

void TypedRecordParser::Start(std::string_view text, const uint32_t* tokens, Arena* arena) {
  arena_ = arena;
  cursor_.Start(text, tokens, arena);
}

bool TypedRecordParser::Parse(size_t line_end, Record* record) {
  line_end_ = line_end;
  depth_ = 0;
  fields_.clear();
  items_.clear();
  path_.clear();
  const uint32_t* const mark = cursor_.Mark();
  if (ParseRecord(record) && (cursor_.AtEndOf(line_end) || Expected("the end of the line"))) return true;
  cursor_.SkipTo(line_end, mark);
  return false;
}

bool TypedRecordParser::ParseRecord(Record* record) {
  problem_.field.clear();
  if (cursor_.offset() >= line_end_) return Wrong("a record", "an empty line");
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
  if (name != "delete") return Wrong("\"delete\"", Quoted(name));
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
  return read && FinishFields(first, map);
}

bool TypedRecordParser::FinishFields(size_t first, Map* map) {
  map->size = static_cast<uint32_t>(fields_.size() - first);
  map->fields = arena_->CopyArray(fields_.data() + first, map->size);
  fields_.resize(first);
  bool unique = true;
  map->sorted = order_.Sort(map->fields, map->size, arena_, &unique);
  if (unique) return true;
  uint32_t i = 1;
  while (map->fields[map->sorted[i]].name != map->fields[map->sorted[i - 1]].name) ++i;
  return Wrong("a field once", "it twice") || Inside(map->fields[map->sorted[i]].name);
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
        return Once(kIndexed, name, &seen) && ParseBool(&indexed);
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
      return ParseBool(&value->boolean);
    case ValueForm::kInteger:
      value->type = Type::kInt;
      return ParseInteger(&value->integer);
    case ValueForm::kDouble:
      value->type = Type::kDouble;
      return ParseDouble(&value->number);
    case ValueForm::kTimestamp:
      value->type = Type::kTimestamp;
      return ParseTimestamp(&value->integer);
    case ValueForm::kTimestampMicros:
      value->type = Type::kTimestamp;
      return ParseInteger(&value->integer);
    case ValueForm::kString:
      value->type = Type::kString;
      return ParseText(value);
    case ValueForm::kStringBytes:
      value->type = Type::kString;
      return ParseBytes(value);
    case ValueForm::kBytes:
      value->type = Type::kBytes;
      return ParseBytes(value);
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
      value->type = Type::kDecimal;
      return ParseText(value);
    case ValueForm::kDate:
      value->type = Type::kDate;
      return ParseText(value);
    case ValueForm::kTime:
      value->type = Type::kTime;
      return ParseText(value);
    case ValueForm::kUuid:
      value->type = Type::kUuid;
      return ParseText(value);
    case ValueForm::kNone:
    case ValueForm::kIndexed:
    case ValueForm::kMeaning:
      break;
  }
  return Expected("a value form");
}

bool TypedRecordParser::ParseNull() { return cursor_.TakeLiteral("null") || Expected("null"); }

bool TypedRecordParser::ParseBool(bool* value) {
  *value = cursor_.Peek() == 't';
  return cursor_.TakeLiteral(*value ? "true" : "false") || Expected("true or false");
}

bool TypedRecordParser::ParseInteger(int64_t* value) {
  std::string_view text;
  if (cursor_.Peek() != '"') return Expected("an int64, as decimal digits in a string");
  if (!ReadString(&text)) return false;
  const std::optional<int64_t> integer = ParseDecimal(text);
  if (!integer) return Wrong("an int64, as decimal digits in a string", Quoted(text));
  *value = *integer;
  return true;
}

bool TypedRecordParser::ParseDouble(double* value) {
  if (cursor_.Peek() != '"') {
    return cursor_.ReadDouble(value) || Expected("a number, \"NaN\", \"Infinity\" or \"-Infinity\"");
  }
  std::string_view text;
  if (!ReadString(&text)) return false;
  const std::optional<double> number = ParseNonFinite(text);
  if (!number) return Wrong("a number, \"NaN\", \"Infinity\" or \"-Infinity\"", Quoted(text));
  *value = *number;
  return true;
}

bool TypedRecordParser::ParseTimestamp(int64_t* value) {
  std::string_view text;
  if (!ReadString(&text)) return false;
  const std::optional<Micros> time = ParseRfc3339(text);
  if (!time) return Wrong("an RFC 3339 time in UTC, exact in microseconds (2025-01-02T03:04:05.000006Z)", Quoted(text));
  *value = *time;
  return true;
}

bool TypedRecordParser::ParseText(Value* value) {
  std::string_view text;
  if (!ReadString(&text)) return false;
  SetText(text, value->type, value);
  return true;
}

bool TypedRecordParser::ParseBytes(Value* value) {
  std::string_view bytes;
  if (!ReadBase64(&bytes)) return false;
  SetText(bytes, value->type, value);
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
    if (name == "latitude") return Once(kLatitude, name, &seen) && ParseDouble(&point->latitude);
    if (name == "longitude") return Once(kLongitude, name, &seen) && ParseDouble(&point->longitude);
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
  const size_t first = items_.size();
  const bool read = ReadArray("an array of values", [&] {
    Value item;
    const size_t index = items_.size() - first;
    if (!ParseValue(&item)) return Inside(index);
    if (item.type == Type::kArray) return Wrong("a value that is not an array itself", "an array") || Inside(index);
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

bool TypedRecordParser::ParseMap(Value* value) {
  if (depth_ == kDeepest) return Wrong(StrCat("at most ", kDeepest, " levels of maps"), "more");
  ++depth_;
  Map* const map = arena_->New<Map>();
  uint32_t seen = 0;
  const bool read = ReadObject("an object of fields", [&](std::string_view name) {
    if (name == "fields") return Once(kMapFields, name, &seen) && ParseFields(map);
    if (name == "key") return Once(kMapKey, name, &seen) && ParseKey(&map->key);
    return ExpectedMember("fields or key", name);
  });
  --depth_;
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

bool TypedRecordParser::ReadString(std::string_view* text) {
  if (cursor_.ReadString(text)) return true;
  return Expected(cursor_.Peek() == '"' ? "a string with well-formed escapes" : "a string");
}

bool TypedRecordParser::ReadBase64(std::string_view* bytes) {
  std::string_view text;
  if (!ReadString(&text)) return false;
  char* const out =
      static_cast<char*>(arena_->Allocate(text.size() / 4 * 3 + 1));  // never null, though it may be empty
  const std::optional<size_t> size = UnBase64To(out, text);
  if (!size) return Wrong("base64 with padding", Quoted(text));
  *bytes = {out, *size};
  return true;
}

template <typename OnMember>
bool TypedRecordParser::ReadObject(std::string_view what, OnMember on_member) {
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
bool TypedRecordParser::ReadArray(std::string_view what, OnItem on_item) {
  if (!cursor_.Take('[')) return Expected(what);
  if (cursor_.Take(']')) return true;
  do {
    if (!on_item()) return false;
  } while (cursor_.Take(','));
  return cursor_.Take(']') || Expected("',' or ']'");
}

bool TypedRecordParser::Expected(std::string_view what) { return Wrong(what, cursor_.Describe(line_end_)); }

bool TypedRecordParser::ExpectedMember(std::string_view what, std::string_view found_name) {
  return Wrong(what, Quoted(found_name));
}

bool TypedRecordParser::Wrong(std::string_view expected, std::string found) {
  problem_.expected = expected;
  problem_.found = std::move(found);
  return false;
}

bool TypedRecordParser::Missing(std::string_view member) { return Wrong(StrCat("member ", Quoted(member)), "none"); }

bool TypedRecordParser::Inside(std::string_view field) {
  std::string& rest = problem_.field;
  const std::string_view separator = rest.empty() || rest[0] == '[' ? "" : ".";
  rest = StrCat(Printable(field), separator, rest);
  return false;
}

bool TypedRecordParser::Inside(size_t index) {
  std::string& rest = problem_.field;
  rest = StrCat('[', index, ']', rest.empty() ? "" : ".", rest);
  return false;
}

bool TypedRecordParser::Once(uint32_t bit, std::string_view name, uint32_t* seen) {
  if (*seen & bit) return ExpectedMember("a member once", name);
  *seen |= bit;
  return true;
}

}  // namespace datahaul

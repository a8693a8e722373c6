#include "format/entity_proto/entity_decoder.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

#include "base/bytes.h"
#include "base/text.h"
#include "base/utf8.h"

namespace datahaul {
namespace {

using wire::Input;
using wire::Tag;

// EntityProto
constexpr uint32_t kKey = Tag(13, wire::kBytes), kProperty = Tag(14, wire::kBytes),
                   kRawProperty = Tag(15, wire::kBytes), kEntityGroup = Tag(16, wire::kBytes);
// Reference
constexpr uint32_t kApp = Tag(13, wire::kBytes), kPath = Tag(14, wire::kBytes), kNameSpace = Tag(20, wire::kBytes),
                   kDatabaseId = Tag(23, wire::kBytes);
// Path
constexpr uint32_t kElement = Tag(1, wire::kGroup), kElementEnd = Tag(1, wire::kEndGroup);
constexpr uint32_t kElementType = Tag(2, wire::kBytes), kElementId = Tag(3, wire::kVarint),
                   kElementName = Tag(4, wire::kBytes);
// Property
constexpr uint32_t kMeaning = Tag(1, wire::kVarint), kName = Tag(3, wire::kBytes), kMultiple = Tag(4, wire::kVarint),
                   kValue = Tag(5, wire::kBytes);
// PropertyValue
constexpr uint32_t kInt64 = Tag(1, wire::kVarint), kBoolean = Tag(2, wire::kVarint), kString = Tag(3, wire::kBytes),
                   kDouble = Tag(4, wire::kFixed64), kPoint = Tag(5, wire::kGroup), kPointEnd = Tag(5, wire::kEndGroup),
                   kUser = Tag(8, wire::kGroup), kUserEnd = Tag(8, wire::kEndGroup), kReference = Tag(12, wire::kGroup),
                   kReferenceEnd = Tag(12, wire::kEndGroup);
constexpr uint32_t kX = Tag(6, wire::kFixed64), kY = Tag(7, wire::kFixed64);
constexpr uint32_t kReferenceElement = Tag(14, wire::kGroup), kReferenceElementEnd = Tag(14, wire::kEndGroup);

// An embedded entity without a key begins so: key { app: "" path: {} }.
constexpr char kNoKey[] = "\x6a\x04\x6a\x00\x72\x00";

// Beside the type in the first word of a packed value; the meaning is in bits 16 to 31, the size above.
constexpr uint64_t kIndexed = 1 << 8;
static_assert(offsetof(Value, indexed) == 1 && offsetof(Value, meaning) == 2 && offsetof(Value, size) == 4);

inline uint64_t Head(Type type, uint64_t marks) { return static_cast<uint64_t>(type) | marks; }

// The bytes of a short text as a number, zero beyond its end.
inline uint64_t Word(const char* p, size_t size) { return size == 0 ? 0 : LoadLE<uint64_t>(p) << (64 - 8 * size); }

// Names are short: eight bytes at a time, the rest as one masked word (kSlack may be read).
inline bool Same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  size_t i = 0;
  for (; i + 8 <= a.size(); i += 8) {
    if (LoadLE<uint64_t>(a.data() + i) != LoadLE<uint64_t>(b.data() + i)) return false;
  }
  return Word(a.data() + i, a.size() - i) == Word(b.data() + i, a.size() - i);
}

// Nearly all names are ASCII; only others need the real validator.
inline bool IsName(std::string_view name) {
  uint64_t seen = 0;
  size_t i = 0;
  for (; i + 8 <= name.size(); i += 8) seen |= LoadLE<uint64_t>(name.data() + i);
  seen |= Word(name.data() + i, name.size() - i);
  return (seen & 0x8080808080808080u) == 0 || IsUtf8(name);
}

// A property's name as a message may hold it.
std::string Shown(std::string_view name) {
  return IsUtf8(name) ? StrCat("property \"", name, "\"") : StrCat("property 0x", Hex(name));
}

}  // namespace

EntityDecoder::EntityDecoder(bool fast)
    : fast_(fast), shapes_(std::make_shared<ShapeTree>(static_cast<char>(kName), static_cast<char>(kMultiple))) {}

bool EntityDecoder::Fail(std::string_view what, const char* at) {
  if (error_.empty()) error_ = StrCat("at byte ", at - start_, " of the record: ", what);
  return false;
}

// Of a field that may stand once, the last one counts, as always in protocol buffers; but then the original is kept.
inline void EntityDecoder::Once(uint32_t tag, uint32_t* seen) {
  const uint32_t bit = 1u << (tag >> 3 & 31);
  if (*seen & bit) unknown_ = true;
  *seen |= bit;
}

bool EntityDecoder::Decode(std::string_view bytes, Arena* arena, Record* record) {
  arena_ = arena;
  start_ = bytes.data();
  unknown_ = false;
  error_.clear();
  fields_.clear();
  items_.clear();
  path_.clear();
  const Key* key = nullptr;
  if (!DecodeEntity(bytes, 0, nullptr, &key, &record->properties)) return Fail("malformed EntityProto", start_);
  if (key == nullptr || key->size == 0) return Fail("expected a key with a path, found none", start_);
  record->key = key;
  record->unknown = unknown_ ? bytes : std::string_view();
  record->op = Op::kPut;
  return true;
}

bool EntityDecoder::DecodeEntity(std::string_view bytes, int depth, ShapeTree::Node* start, const Key** key, Map* map) {
  if (depth > kMaxDepth) return Fail("embedded entities nested deeper than 100", bytes.data());
  Gathering gathering{fields_.size(), items_.size(), {}, start};
  KeyBytes key_bytes;
  Input in(bytes);
  if (fast_ && depth > 0 && bytes.size() >= 6 && std::memcmp(bytes.data(), kNoKey, 6) == 0) {
    in.next += 6;
    Once(kKey, &key_bytes.seen);
  }
  while (!in.done()) {
    const auto first = static_cast<unsigned char>(*in.next);
    if (fast_ && (first == kRawProperty || first == kProperty) && AddCanonical(&in, depth, &gathering)) continue;
    if (!error_.empty()) {  // the general way will only fail again: once, to name the record's property
      if (depth > 0) return false;
      error_.clear();
    }
    if (!DecodeField(&in, depth, key, &key_bytes, &gathering)) return false;
  }
  if (!CheckGroup(*key, key_bytes)) return false;
  Finish(&gathering, map);
  return true;
}

bool EntityDecoder::DecodeField(Input* in, int depth, const Key** key, KeyBytes* key_bytes, Gathering* gathering) {
  uint32_t tag;
  std::string_view part;
  const char* const at = in->next;
  if (!in->ReadTag(&tag)) return Fail("expected a field tag", at);
  switch (tag) {
    case kProperty:
    case kRawProperty: {
      if (!in->ReadBytes(&part)) return Fail("property runs past the end", at);
      std::string_view name;
      if (DecodeProperty(part, tag == kProperty, depth, &name, gathering)) return true;
      if (depth == 0) error_ = StrCat(Shown(name), ", ", error_);
      return false;
    }
    case kKey: {
      if (!in->ReadBytes(&part)) return Fail("key runs past the end", at);
      Once(tag, &key_bytes->seen);
      Key* decoded = arena_->New<Key>();
      if (!DecodeKey(part, decoded, key_bytes)) return Fail("malformed key", at);
      const bool none = decoded->size == 0 && decoded->app.empty() && decoded->ns.empty() && decoded->database.empty();
      *key = depth > 0 && none ? nullptr : decoded;
      if (fast_ && depth == 0 && fields_.empty() && !gathering->in_list)
        gathering->node = shapes_->OfKind(decoded->kind());
      return true;
    }
    case kEntityGroup:
      Once(tag, &key_bytes->seen);
      return in->ReadBytes(&key_bytes->group) || Fail("entity group runs past the end", at);
    default:
      unknown_ = true;
      return in->Skip(tag) || Fail("malformed field", at);
  }
}

// The entity group repeats the first path element, or is empty; anything else is more than the model holds.
bool EntityDecoder::CheckGroup(const Key* key, const KeyBytes& key_bytes) {
  const std::string_view group = key_bytes.group;
  if (group.empty()) return true;
  if (fast_ && key_bytes.path.substr(0, key_bytes.first_element) == group) return true;
  Key root;
  KeyBytes ignored;
  if (!DecodePath(group, &root, &ignored)) return Fail("malformed entity group", group.data());
  const bool same = key != nullptr && root.size == 1 && key->size > 0 && root.path[0].id == key->path[0].id &&
                    root.path[0].number == key->path[0].number && Same(root.path[0].kind, key->path[0].kind) &&
                    Same(root.path[0].name, key->path[0].name);
  if (!same) unknown_ = true;
  return true;
}

// A length of one or two bytes at *p; false for longer ones.
inline bool ReadLength(const char** p, uint32_t* size) {
  *size = static_cast<unsigned char>(*(*p)++);
  if (*size < 128) return true;
  const auto high = static_cast<unsigned char>(*(*p)++);
  *size = (*size & 127u) | uint32_t{high} << 7;
  return high < 128;
}

// The varint of at most eight bytes at `p`, and how many bytes it has; kLongVarint if it is longer. Eight bytes must be
// readable.
constexpr size_t kLongVarint = 100;
inline size_t ReadVarint8(const char* p, uint64_t* value) {
  uint64_t w = LoadLE<uint64_t>(p);
  const uint64_t last = ~w & 0x8080808080808080u;  // the top bit is clear in the last byte only
  if (last == 0) return kLongVarint;
  w &= (last ^ (last - 1)) & 0x7f7f7f7f7f7f7f7fu;
  w = (w & 0x007f007f007f007fu) | (w & 0x7f007f007f007f00u) >> 1;
  w = (w & 0x00003fff00003fffu) | (w & 0x3fff00003fff0000u) >> 2;
  *value = (w & 0x0fffffffu) | (w & 0x0fffffff00000000u) >> 4;
  return static_cast<size_t>(__builtin_ctzll(last)) / 8 + 1;
}

// The layout that every known writer uses for a property: [meaning] name multiple value, minimal tags, short name, one
// member in the value. Adds it and moves `in` on; or returns false, having changed nothing, if this is not one.
// Positions only grow, so that the last test proves all earlier ones to have been inside (kSlack may have been read).
inline __attribute__((always_inline)) bool EntityDecoder::AddCanonical(Input* in, int depth, Gathering* gathering) {
  const char* p = in->next;
  uint64_t marks = uint64_t{static_cast<unsigned char>(*p++) == kProperty} << 8;
  uint32_t size;
  if (!ReadLength(&p, &size) || static_cast<ptrdiff_t>(size) > in->end - p) return false;  // p may be behind the end
  const char* const end = p + size;
  if (*p == kMeaning) {
    if (static_cast<signed char>(p[1]) < 0) return false;
    marks |= static_cast<uint64_t>(p[1]) << 16;
    p += 2;
  }
  if (p >= end) return false;
  // The same name as last time at this place, or one more element of the same list: nothing of it needs to be looked
  // at.
  ShapeTree::Node* node = gathering->node;
  if (node != nullptr && !(gathering->in_list && node->Matches(p))) {
    node = node->next();
    if (node != nullptr && !node->Matches(p)) node = nullptr;
  }
  const std::string_view name(p + 2, node != nullptr ? node->name_size() : static_cast<unsigned char>(p[1]));
  if (node == nullptr && (*p != kName || name.size() > 127)) return false;
  p += 2 + name.size();
  if (end - p < 4) return false;
  const auto tags = LoadLE<uint32_t>(p);  // multiple, 0 or 1, value, and the first byte of its length
  if ((tags & 0xfffeffu) != (kMultiple | kValue << 16)) return false;
  const bool multiple = (tags >> 8 & 1) != 0;
  if (node == gathering->node && !multiple) node = nullptr;  // a list and a value of one name
  p += 3;
  if (!ReadLength(&p, &size) || p + size != end) return false;
  Packed value;
  if (!CanonicalValue({p, size}, multiple, depth, marks, node, &value)) return false;
  if (node != nullptr) {
    AddRecognised(name, value, multiple, node, gathering);
  } else {
    if (!IsName(name)) return false;
    Add(name, std::bit_cast<Value>(value), multiple, gathering);
  }
  in->next = end;
  return true;
}

// `node` is the property's, for the maps in it; null if it has none.
inline __attribute__((always_inline)) bool EntityDecoder::CanonicalValue(std::string_view bytes, bool multiple,
                                                                         int depth, uint64_t marks,
                                                                         ShapeTree::Node* node, Packed* packed) {
  const auto meaning = static_cast<uint16_t>(marks >> 16);
  if (bytes.empty()) {
    const bool list = meaning == meaning::kEmptyList && !multiple;
    *packed = {Head(list ? Type::kArray : Type::kNull, list ? marks & ~kIndexed : marks), 0};
    return true;
  }
  const char* p = bytes.data() + 1;
  switch (static_cast<unsigned char>(bytes[0])) {
    case kString: {
      uint32_t size;
      if (!ReadLength(&p, &size) || p + size != bytes.data() + bytes.size()) return false;
      if (meaning == meaning::kEntity) {
        Map* map = arena_->New<Map>();
        if (!DecodeEntity({p, size}, depth + 1, node != nullptr ? shapes_->Inside(node) : nullptr, &map->key, map)) {
          return false;
        }
        *packed = {Head(Type::kMap, marks), std::bit_cast<uint64_t>(map)};
        return true;
      }
      const bool blob = meaning == meaning::kBlob || meaning == meaning::kByteString;
      *packed = {Head(blob ? Type::kBytes : Type::kString, marks) | uint64_t{size} << 32, std::bit_cast<uint64_t>(p)};
      return true;
    }
    case kInt64: {
      uint64_t number;
      if (ReadVarint8(p, &number) + 1 != bytes.size()) break;
      *packed = {Head(meaning == meaning::kTimestamp ? Type::kTimestamp : Type::kInt, marks), number};
      return true;
    }
    case kBoolean:
      if (bytes.size() != 2 || (bytes[1] & ~1) != 0) return false;
      *packed = {Head(Type::kBool, marks), static_cast<uint64_t>(bytes[1])};
      return true;
    case kDouble:
      if (bytes.size() != 9) return false;
      *packed = {Head(Type::kDouble, marks), LoadLE<uint64_t>(p)};
      return true;
    default:
      break;
  }
  Value value;
  value.indexed = (marks & kIndexed) != 0;
  value.meaning = meaning;
  if (!DecodeValue(bytes, depth, &value)) return false;
  *packed = std::bit_cast<Packed>(value);
  return true;
}

inline void EntityDecoder::AddRecognised(std::string_view name, const Packed& value, bool multiple,
                                         ShapeTree::Node* node, Gathering* gathering) {
  if (!multiple) {
    CloseList(gathering);
    fields_.push_back({name, std::bit_cast<Value>(value)});
  } else {
    if (!gathering->in_list || node != gathering->node) {
      CloseList(gathering);
      gathering->in_list = true;
      gathering->list = name;
    }
    items_.push_back(std::bit_cast<Value>(value));
  }
  gathering->node = node;
}

void EntityDecoder::Add(std::string_view name, const Value& value, bool multiple, Gathering* gathering) {
  if (multiple && gathering->in_list && Same(gathering->list, name)) {
    items_.push_back(value);
    return;
  }
  CloseList(gathering);
  if (gathering->node != nullptr) gathering->node = shapes_->Child(gathering->node, name);
  if (!multiple) {
    fields_.push_back({name, value});
    return;
  }
  gathering->in_list = true;
  gathering->list = name;
  items_.push_back(value);
}

void EntityDecoder::CloseList(Gathering* gathering) {
  if (!gathering->in_list) return;
  gathering->in_list = false;
  Value list;
  list.type = Type::kArray;
  list.size = static_cast<uint32_t>(items_.size() - gathering->items);
  list.items = arena_->CopyArray(items_.data() + gathering->items, list.size);
  items_.resize(gathering->items);
  fields_.push_back({gathering->list, list});
}

void EntityDecoder::Finish(Gathering* gathering, Map* map) {
  CloseList(gathering);
  const size_t begin = gathering->fields;
  map->size = static_cast<uint32_t>(fields_.size() - begin);
  if (gathering->node != nullptr) map->shape = shapes_->ShapeOf(gathering->node, fields_.data() + begin, map->size);
  if (map->shape != nullptr) {
    map->sorted = map->shape->sorted;
  } else {
    Sort(begin, map);
  }
  map->fields = arena_->CopyArray(fields_.data() + begin, map->size);
  fields_.resize(begin);
}

void EntityDecoder::Sort(size_t begin, Map* map) {
  bool unique;
  map->sorted = order_.Sort(fields_.data() + begin, map->size, arena_, &unique);
  if (unique) return;
  MergeDuplicates(begin);
  map->size = static_cast<uint32_t>(fields_.size() - begin);
  map->sorted = order_.Sort(fields_.data() + begin, map->size, arena_, &unique);
}

// Lists may be split between indexed and other properties: their parts join in stored order. The same name twice
// otherwise is more than the model holds: all its values are shown as a list, and the original is kept.
void EntityDecoder::MergeDuplicates(size_t begin) {
  const auto count = static_cast<uint32_t>(fields_.size() - begin);
  Field* const fields = fields_.data() + begin;
  bool unique;
  const uint32_t* const sorted = order_.Sort(fields, count, arena_, &unique);
  std::vector<bool> gone(count);
  for (uint32_t i = 0, j; i < count; i = j) {
    j = i + 1;
    while (j < count && Same(fields[sorted[i]].name, fields[sorted[j]].name)) gone[sorted[j++]] = true;
    if (j - i > 1) fields[sorted[i]].value = Merge(fields, sorted + i, j - i);
  }
  size_t kept = begin;
  for (uint32_t i = 0; i < count; ++i) {
    if (!gone[i]) fields_[kept++] = fields[i];
  }
  fields_.resize(kept);
}

Value EntityDecoder::Merge(const Field* fields, const uint32_t* same, uint32_t count) {
  size_t total = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const Value& value = fields[same[i]].value;
    const bool list = value.type == Type::kArray && value.size > 0;
    if (!list) unknown_ = true;
    total += list ? value.size : value.type != Type::kArray;
  }
  Value* items = arena_->AllocateArray<Value>(total);
  Value merged;
  merged.type = Type::kArray;
  merged.size = static_cast<uint32_t>(total);
  merged.items = items;
  if (total == 0) merged.meaning = meaning::kEmptyList;
  for (uint32_t i = 0; i < count; ++i) {
    const Value& value = fields[same[i]].value;
    if (value.type == Type::kArray) {
      items = std::copy(value.items, value.items + value.size, items);
    } else {
      *items++ = value;
    }
  }
  return merged;
}

bool EntityDecoder::DecodeProperty(std::string_view bytes, bool indexed, int depth, std::string_view* name,
                                   Gathering* gathering) {
  Input in(bytes);
  std::string_view content;
  Value value;
  value.indexed = indexed;
  bool multiple = false;
  uint32_t seen = 0;
  while (!in.done()) {
    uint32_t tag;
    uint64_t number;
    const char* const at = in.next;
    if (!in.ReadTag(&tag)) return Fail("expected a field tag in a property", at);
    Once(tag, &seen);
    bool read = true;
    switch (tag) {
      case kMeaning:
        if (!in.ReadVarint(&number)) return Fail("malformed property", at);
        if (number > UINT16_MAX) unknown_ = true;
        value.meaning = static_cast<uint16_t>(number);
        break;
      case kName:
        read = in.ReadBytes(name);
        break;
      case kMultiple:
        if (!in.ReadVarint(&number)) return Fail("malformed property", at);
        multiple = number != 0;
        break;
      case kValue:
        read = in.ReadBytes(&content);
        break;
      default:
        unknown_ = true;
        read = in.Skip(tag);
    }
    if (!read) return Fail("malformed property", at);
  }
  if (name->data() == nullptr) return Fail("expected a property with a name, found none", bytes.data());
  if (content.empty()) {
    SetEmpty(multiple, &value);
  } else if (!DecodeValue(content, depth, &value)) {
    return false;
  }
  if (!IsName(*name)) return Fail("property name: expected UTF-8", name->data());
  Add(*name, value, multiple, gathering);
  return true;
}

bool EntityDecoder::DecodeValue(std::string_view bytes, int depth, Value* value) {
  Input in(bytes);
  int members = 0;
  while (!in.done()) {
    const char* const at = in.next;
    uint32_t tag;
    if (!in.ReadTag(&tag)) return Fail("expected a field tag in a value", at);
    ++members;
    if (!DecodeMember(&in, tag, depth, value, &members)) return Fail("malformed value", at);
  }
  if (members > 1) unknown_ = true;
  return true;
}

bool EntityDecoder::DecodeMember(Input* in, uint32_t tag, int depth, Value* value, int* members) {
  uint64_t number;
  std::string_view text;
  switch (tag) {
    case kInt64:
      if (!in->ReadVarint(&number)) return false;
      SetInteger(number, value);
      return true;
    case kBoolean:
      if (!in->ReadVarint(&number)) return false;
      value->type = Type::kBool;
      value->boolean = number != 0;
      return true;
    case kString:
      return in->ReadBytes(&text) && SetString(text, depth, value);
    case kDouble:
      value->type = Type::kDouble;
      return in->ReadDouble(&value->number);
    case kPoint:
      return DecodePoint(in, value);
    case kUser:
      return DecodeUser(in, value);
    case kReference:
      return DecodeReferenceValue(in, value);
    default:
      --*members;
      unknown_ = true;
      return in->Skip(tag);
  }
}

inline void EntityDecoder::SetEmpty(bool multiple, Value* value) {
  value->type = Type::kNull;
  if (value->meaning != meaning::kEmptyList || multiple) return;
  value->type = Type::kArray;
  value->indexed = false;
  value->items = nullptr;
}

inline void EntityDecoder::SetInteger(uint64_t number, Value* value) {
  value->type = value->meaning == meaning::kTimestamp ? Type::kTimestamp : Type::kInt;
  value->integer = static_cast<int64_t>(number);
}

inline bool EntityDecoder::SetString(std::string_view text, int depth, Value* value) {
  value->type = Type::kString;
  value->chars = text.data();
  value->size = static_cast<uint32_t>(text.size());
  if (value->meaning < meaning::kBlob || value->meaning > meaning::kEntity) [[likely]]
    return true;
  if (value->meaning == meaning::kEntity) return SetEntity(text, depth, value);
  if (value->meaning == meaning::kBlob || value->meaning == meaning::kByteString) value->type = Type::kBytes;
  return true;
}

bool EntityDecoder::SetEntity(std::string_view bytes, int depth, Value* value) {
  Map* map = arena_->New<Map>();
  if (!DecodeEntity(bytes, depth + 1, nullptr, &map->key, map)) return false;
  value->type = Type::kMap;
  value->size = 0;
  value->map = map;
  return true;
}

bool EntityDecoder::DecodePoint(Input* in, Value* value) {
  GeoPoint* point = arena_->New<GeoPoint>();
  uint32_t tag = 0;
  uint32_t seen = 0;
  int members = 0;
  while (in->ReadTag(&tag) && tag != kPointEnd) {
    Once(tag, &seen);
    ++members;
    if (tag == kX) {
      if (!in->ReadDouble(&point->latitude)) return false;
    } else if (tag == kY) {
      if (!in->ReadDouble(&point->longitude)) return false;
    } else {
      if (!in->Skip(tag)) return false;
      unknown_ = true;
    }
  }
  if (members != 2) unknown_ = true;
  value->type = Type::kGeoPoint;
  value->point = point;
  return tag == kPointEnd;
}

bool EntityDecoder::DecodeUser(Input* in, Value* value) {
  User* user = arena_->New<User>();
  uint32_t tag = 0, seen = 0;
  while (in->ReadTag(&tag) && tag != kUserEnd) {
    Once(tag, &seen);
    std::string_view* text = nullptr;
    switch (tag) {
      case Tag(9, wire::kBytes):
        text = &user->email;
        break;
      case Tag(10, wire::kBytes):
        text = &user->auth_domain;
        break;
      case Tag(11, wire::kBytes):
        text = &user->nickname;
        break;
      case Tag(19, wire::kBytes):
        text = &user->user_id;
        break;
      case Tag(21, wire::kBytes):
        text = &user->federated_identity;
        break;
      case Tag(22, wire::kBytes):
        text = &user->federated_provider;
        break;
      case Tag(18, wire::kVarint): {
        uint64_t number;
        if (!in->ReadVarint(&number)) return false;
        user->gaiaid = static_cast<int64_t>(number);
        user->has_gaiaid = true;
        continue;
      }
      default:
        if (!in->Skip(tag)) return false;
        unknown_ = true;
        continue;
    }
    if (!in->ReadBytes(text)) return false;
    if (!IsName(*text)) {  // has no place in JSON
      *text = {};
      unknown_ = true;
    }
  }
  value->type = Type::kUser;
  value->user = user;
  return tag == kUserEnd;
}

bool EntityDecoder::DecodeReferenceValue(Input* in, Value* value) {
  Key* key = arena_->New<Key>();
  const size_t begin = path_.size();
  uint32_t tag = 0, seen = 0;
  while (in->ReadTag(&tag) && tag != kReferenceEnd) {
    if (tag != kReferenceElement) Once(tag, &seen);
    bool read;
    switch (tag) {
      case kApp:
        read = in->ReadBytes(&key->app);
        break;
      case kNameSpace:
        read = in->ReadBytes(&key->ns);
        break;
      case kDatabaseId:
        read = in->ReadBytes(&key->database);
        break;
      case kReferenceElement:
        read = DecodeElement(in, kReferenceElementEnd, Tag(15, wire::kBytes), Tag(16, wire::kVarint),
                             Tag(17, wire::kBytes));
        break;
      default:
        read = in->Skip(tag);
        unknown_ = true;
    }
    if (!read) return false;
  }
  FinishPath(begin, key);
  value->type = Type::kReference;
  value->reference = key;
  return tag == kReferenceEnd && CheckKey(*key);
}

bool EntityDecoder::DecodeKey(std::string_view bytes, Key* key, KeyBytes* key_bytes) {
  Input in(bytes);
  uint32_t seen = 0;
  while (!in.done()) {
    uint32_t tag;
    std::string_view path;
    if (!in.ReadTag(&tag)) return false;
    Once(tag, &seen);
    bool read;
    switch (tag) {
      case kApp:
        read = in.ReadBytes(&key->app);
        break;
      case kNameSpace:
        read = in.ReadBytes(&key->ns);
        break;
      case kDatabaseId:
        read = in.ReadBytes(&key->database);
        break;
      case kPath:
        read = in.ReadBytes(&path) && DecodePath(path, key, key_bytes);
        break;
      default:
        read = in.Skip(tag);
        unknown_ = true;
    }
    if (!read) return false;
  }
  return CheckKey(*key);
}

// Text of a key names files and routes records: it must be what it seems.
bool EntityDecoder::CheckKey(const Key& key) {
  const auto check = [this](std::string_view text) { return IsName(text) || Fail("key: expected UTF-8", text.data()); };
  bool good = check(key.app) && check(key.ns) && check(key.database);
  for (uint32_t i = 0; i < key.size; ++i) good = good && check(key.path[i].kind) && check(key.path[i].name);
  return good;
}

bool EntityDecoder::DecodePath(std::string_view bytes, Key* key, KeyBytes* key_bytes) {
  const size_t begin = path_.size();
  Input in(bytes);
  key_bytes->path = bytes;
  while (!in.done()) {
    if (fast_ && AddCanonicalElement(&in)) {
      if (path_.size() == begin + 1) key_bytes->first_element = static_cast<size_t>(in.next - bytes.data());
      continue;
    }
    uint32_t tag;
    if (!in.ReadTag(&tag)) return false;
    if (tag == kElement) {
      if (!DecodeElement(&in, kElementEnd, kElementType, kElementId, kElementName)) return false;
      if (path_.size() == begin + 1) key_bytes->first_element = static_cast<size_t>(in.next - bytes.data());
    } else {
      if (!in.Skip(tag)) return false;
      unknown_ = true;
    }
  }
  FinishPath(begin, key);
  return true;
}

// As AddCanonical, for an element with a kind and then an id or a name.
inline bool EntityDecoder::AddCanonicalElement(Input* in) {
  const char* p = in->next;
  if (p[0] != kElement || p[1] != kElementType || static_cast<signed char>(p[2]) < 0) return false;
  PathElement element;
  element.kind = {p + 3, static_cast<size_t>(p[2])};
  p += 3 + element.kind.size();
  if (in->end - p < 3) return false;
  if (p[0] == kElementName && static_cast<signed char>(p[1]) >= 0) {
    element.name = {p + 2, static_cast<size_t>(p[1])};
    element.id = PathElement::Id::kName;
    p += 2 + element.name.size();
  } else if (p[0] == kElementId) {
    uint64_t number;
    const size_t size = ReadVarint8(p + 1, &number);
    if (size == kLongVarint) return false;
    element.number = static_cast<int64_t>(number);
    element.id = PathElement::Id::kNumber;
    p += 1 + size;
  } else {
    return false;
  }
  if (p >= in->end || *p != kElementEnd) return false;
  path_.push_back(element);
  in->next = p + 1;
  return true;
}

bool EntityDecoder::DecodeElement(Input* in, uint32_t end_tag, uint32_t type, uint32_t id, uint32_t name) {
  PathElement element;
  uint32_t tag = 0, seen = 0;
  int ids = 0;
  while (in->ReadTag(&tag) && tag != end_tag) {
    Once(tag, &seen);
    bool read;
    if (tag == type) {
      read = in->ReadBytes(&element.kind);
    } else if (tag == id) {
      uint64_t number;
      read = in->ReadVarint(&number);
      element.number = static_cast<int64_t>(number);
      element.id = PathElement::Id::kNumber;
      ++ids;
    } else if (tag == name) {
      read = in->ReadBytes(&element.name);
      element.id = PathElement::Id::kName;
      ++ids;
    } else {
      read = in->Skip(tag);
      unknown_ = true;
    }
    if (!read) return false;
  }
  if (ids > 1) unknown_ = true;
  path_.push_back(element);
  return tag == end_tag;
}

void EntityDecoder::FinishPath(size_t begin, Key* key) {
  key->size = static_cast<uint32_t>(path_.size() - begin);
  key->path = arena_->CopyArray(path_.data() + begin, key->size);
  path_.resize(begin);
}

}  // namespace datahaul

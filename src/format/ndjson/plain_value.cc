#include "format/ndjson/plain_value.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/utf8.h"
#include "format/ndjson/key_path.h"

namespace datahaul {
namespace {

constexpr std::string_view kKeyName = "__key__";
constexpr size_t kPiece = 4096;  // of a long text: its worst case must not be reserved at once

// A piece of JSON that is known beforehand.
template <size_t kSize>
struct Known {
  constexpr Known(const char (&text)[kSize]) { std::copy_n(text, kSize, bytes); }  // NOLINT: a literal becomes one
  char bytes[kSize] = {};
};

template <JsonQuotes kQuotes, size_t kSize>
struct Spelled {
  constexpr explicit Spelled(const Known<kSize>& known) {
    for (size_t i = 0; i + 1 < kSize; ++i) {
      if (kQuotes == JsonQuotes::kTwice && known.bytes[i] == '"') bytes[size++] = '"';
      bytes[size++] = known.bytes[i];
    }
  }
  char bytes[2 * kSize] = {};
  size_t size = 0;
};

template <JsonQuotes kQuotes, Known kText>
inline char* PutJson(char* p) {
  static constexpr Spelled<kQuotes, sizeof kText.bytes> kSpelled(kText);
  std::memcpy(p, kSpelled.bytes, kSpelled.size);
  return p + kSpelled.size;
}

template <JsonQuotes kQuotes>
constexpr std::string_view QuoteOfPaths() {
  return kQuotes == JsonQuotes::kOnce ? kQuoteInJson : kQuoteInJsonTwice;
}

}  // namespace

bool CollidesWithKey(std::string_view name) {
  return name.starts_with(kKeyName) && name.find_first_not_of('_', kKeyName.size()) == std::string_view::npos;
}

void PlainLosses::AddCounters(Counters* counters) const {
  const auto add = [&](const char* name, uint64_t count) {
    if (count != 0) counters->named[name] += count;
  };
  add("non_finite", non_finite);
  add("invalid_utf8", invalid_utf8);
  add("timestamps_out_of_range", timestamps_out_of_range);
  add("renamed_key_properties", renamed_key_properties);
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteValue(char* p, const Value& value) {
  switch (value.type) {
    case Type::kNull:
      return room_.Room(Put(p, "null"), kLeave);
    case Type::kBool:
      return room_.Room(value.boolean ? Put(p, "true") : Put(p, "false"), kLeave);
    case Type::kInt:
      return room_.Room(WriteInt(p, value.integer), kLeave);
    case Type::kDouble:
      return room_.Room(WriteDouble(p, value.number), kLeave);
    case Type::kTimestamp:
      return WriteTime(p, value.integer);
    case Type::kString:
    case Type::kDecimal:
    case Type::kDate:
    case Type::kTime:
    case Type::kUuid:
      return WriteString(p, value.text());
    case Type::kBytes:
      return WriteBase64(p, value.text());
    case Type::kReference:
      p = WriteQuote<kQuotes>(room_.Room(p, KeyTextRoom(*value.reference) + kNeed));
      p = WriteReference(p, *value.reference, QuoteOfPaths<kQuotes>());
      return room_.Room(WriteQuote<kQuotes>(p), kLeave);
    case Type::kGeoPoint:
      return WriteGeoPoint(p, *value.point);
    case Type::kArray:
      return WriteArray(p, value);
    case Type::kMap:
      return WriteMap(p, *value.map);
    case Type::kUser:
      return WriteUser(p, *value.user);
  }
  return p;
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteKey(char* p, const Key& key) {
  *p++ = '{';
  if (!key.database.empty()) {
    p = WriteString(PutJson<kQuotes, "\"database\":">(p), key.database);
    *p++ = ',';
  }
  p = WriteString(PutJson<kQuotes, "\"namespace\":">(p), key.ns);
  p = WriteString(PutJson<kQuotes, ",\"kind\":">(p), key.kind());
  if (key.size > 0 && key.path[key.size - 1].id == PathElement::Id::kNumber) {
    p = WriteInt(PutJson<kQuotes, ",\"id\":">(p), key.path[key.size - 1].number);
  } else if (key.size > 0 && key.path[key.size - 1].id == PathElement::Id::kName) {
    p = WriteString(PutJson<kQuotes, ",\"name\":">(p), key.path[key.size - 1].name);
  }
  p = PutJson<kQuotes, ",\"path\":\"">(room_.Room(p, KeyTextRoom(key) + kNeed));
  p = WriteKeyPath(p, key, QuoteOfPaths<kQuotes>());
  return room_.Room(PutJson<kQuotes, "\"}">(p), kLeave);
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteFields(char* p, const Map& map) {
  *p++ = '{';
  p = WriteMembers(p, map);
  p -= map.size != 0;
  *p++ = '}';
  return p;
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteMembers(char* p, const Map& map) {
  const ShapeTexts::Text* const texts = names_.Of(map);
  p = room_.Room(p, kLeave);
  for (uint32_t i = 0; i < map.size; ++i) {
    p = WriteValue(WriteName(p, texts, map, i), map.fields[i].value);
    *p++ = ',';
  }
  return room_.Room(p, kLeave);
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteName(char* p, std::string_view name) {
  bool high = false;
  p = WriteEscapedPieces(WriteQuote<kQuotes>(p), name, &high);
  if (CollidesWithKey(name)) {
    ++losses_.renamed_key_properties;
    *p++ = '_';
  }
  return PutJson<kQuotes, "\":">(p);
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteArray(char* p, const Value& value) {
  p = room_.Room(p, kLeave);
  *p++ = '[';
  for (uint32_t i = 0; i < value.size; ++i) {
    p = WriteValue(p, value.items[i]);
    *p++ = ',';
  }
  p -= value.size != 0;
  *p++ = ']';
  return room_.Room(p, kLeave);
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteMap(char* p, const Map& map) {
  if (map.key == nullptr) return room_.Room(WriteFields(p, map), kLeave);
  p = WriteKey(PutJson<kQuotes, "{\"__key__\":">(room_.Room(p, kLeave)), *map.key);
  *p++ = ',';
  p = WriteMembers(p, map);
  p[-1] = '}';
  return p;
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteGeoPoint(char* p, const GeoPoint& point) {
  p = room_.Room(WriteDouble(PutJson<kQuotes, "{\"latitude\":">(p), point.latitude), kLeave);
  p = WriteDouble(PutJson<kQuotes, ",\"longitude\":">(p), point.longitude);
  *p++ = '}';
  return room_.Room(p, kLeave);
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteUser(char* p, const User& user) {
  const auto member = [&](char* name_end, std::string_view text) {
    p = WriteString(name_end, text);
    *p++ = ',';
  };
  *p++ = '{';
  const size_t begin = room_.OffsetOf(p);
  if (user.email.data() != nullptr) member(PutJson<kQuotes, "\"email\":">(p), user.email);
  if (user.auth_domain.data() != nullptr) member(PutJson<kQuotes, "\"auth_domain\":">(p), user.auth_domain);
  if (user.nickname.data() != nullptr) member(PutJson<kQuotes, "\"nickname\":">(p), user.nickname);
  if (user.user_id.data() != nullptr) member(PutJson<kQuotes, "\"user_id\":">(p), user.user_id);
  if (user.federated_identity.data() != nullptr) {
    member(PutJson<kQuotes, "\"federated_identity\":">(p), user.federated_identity);
  }
  if (user.federated_provider.data() != nullptr) {
    member(PutJson<kQuotes, "\"federated_provider\":">(p), user.federated_provider);
  }
  if (user.has_gaiaid) {
    p = WriteInt(PutJson<kQuotes, "\"gaiaid\":">(p), user.gaiaid);
    *p++ = ',';
  }
  p -= room_.OffsetOf(p) != begin;
  *p++ = '}';
  return room_.Room(p, kLeave);
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteTime(char* p, Micros time) {
  p = WriteQuote<kQuotes>(p);
  if (IsRfc3339(time)) [[likely]] {
    p = WriteTimestamp(p, time);
  } else {
    ++losses_.timestamps_out_of_range;
    p = WriteInt(p, time);
  }
  return room_.Room(WriteQuote<kQuotes>(p), kLeave);
}

// Needs no more room than a number, and makes none.
template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteDouble(char* p, double number) {
  if (std::isfinite(number)) [[likely]]
    return hasher_.doubles()->Write(p, number);
  ++losses_.non_finite;
  return Put(p, "null");
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteString(char* p, std::string_view text) {
  if (text.size() <= kShortText) [[likely]] {
    char* const begin = WriteQuote<kQuotes>(p);
    char* const end = text.empty() ? begin : WriteShort(begin, text);  // an empty one may have no address
    if (end != nullptr) [[likely]]
      return room_.Room(WriteQuote<kQuotes>(end), kLeave);
  }
  return WriteLongString(p, text);
}

template <JsonQuotes kQuotes>
__attribute__((noinline)) char* PlainText<kQuotes>::WriteLongString(char* p, std::string_view text) {
  const size_t begin = room_.OffsetOf(p);
  bool high = false;
  p = WriteEscapedPieces(WriteQuote<kQuotes>(p), text, &high);
  if (!high || hasher_.texts_are_utf8() || IsUtf8(text)) [[likely]]
    return room_.Room(WriteQuote<kQuotes>(p), kLeave);
  ++losses_.invalid_utf8;
  return WriteBase64(room_.At(begin), text);
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteBase64(char* p, std::string_view bytes) {
  p = WriteQuote<kQuotes>(room_.Room(p, Base64Size(bytes.size()) + kNeed));
  p = Base64To(p, bytes.data(), bytes.size());
  return room_.Room(WriteQuote<kQuotes>(p), kLeave);
}

template <JsonQuotes kQuotes>
char* PlainText<kQuotes>::WriteEscapedPieces(char* p, std::string_view text, bool* high) {
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kPiece);
    p = WriteEscaped<kQuotes>(room_.Room(p, JsonStringRoom(piece.size())), piece, high);
    text.remove_prefix(piece.size());
  }
  return room_.Room(p, kLeave);
}

template class PlainText<JsonQuotes::kOnce>;
template class PlainText<JsonQuotes::kTwice>;

void PlainValueWriter::AppendValue(const Value& value, ByteBuffer* out) {
  BufferRoom room(out);
  PlainText<JsonQuotes::kOnce> text(&room, &names_, &losses_, &hasher_);
  room.Finish(text.WriteValue(room.Room(room.begin(), text.kNeed), value));
}

void PlainValueWriter::AppendRecord(const Record& record, ByteBuffer* out) {
  BufferRoom room(out);
  PlainText<JsonQuotes::kOnce> text(&room, &names_, &losses_, &hasher_);
  char* p = text.WriteKey(Put(room.Room(room.begin(), text.kLeave), "{\"__key__\":"), *record.key);
  *p++ = ',';
  if (record.op == Op::kDelete) {
    p = Put(p, "\"__deleted__\":true,");
  } else {
    p = text.WriteMembers(p, record.properties);
  }
  p[-1] = '}';
  room.Finish(p);
}

}  // namespace datahaul

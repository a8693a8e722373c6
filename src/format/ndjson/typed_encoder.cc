#include "format/ndjson/typed_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "base/buffer_room.h"
#include "base/text.h"
#include "base/utf8.h"
#include "format/ndjson/json_text.h"
#include "format/ndjson/record_hasher.h"
#include "model/value_head.h"

namespace datahaul {
namespace {

// The heads of values that carry no more than their type implies. For lists none: what is implied depends on whether
// they are empty.
constexpr std::array<uint32_t, 16> PlainHeads() {
  std::array<uint32_t, 16> heads{};
  for (uint32_t type = 0; type < heads.size(); ++type) {
    Value value;
    value.type = static_cast<Type>(type);
    heads[type] = value.type == Type::kArray ? kNoHead : MakeHead(value.type, false, ImpliedMeaning(value));
  }
  return heads;
}
constexpr std::array<uint32_t, 16> kPlainHeads = PlainHeads();

// Writes one line.
class LineWriter : private BufferRoom {
 public:
  LineWriter(const EncodeOptions& options, ShapeTexts* texts, DoubleTexts* doubles, ByteBuffer* out)
      : BufferRoom(out), options_(options), texts_(texts), doubles_(doubles) {}

  // Returns whether all strings are UTF-8.
  bool WriteRecord(const Record& record) {
    char* p = Room(begin(), 64);
    p = Room(WriteKey(Put(p, "{\"key\":"), *record.key), 64);
    if (record.op == Op::kDelete) {
      p = Put(p, ",\"op\":\"delete\"}\n");
    } else {
      p = WriteFields(Put(p, ",\"properties\":"), record.properties);
      if (!record.unknown.empty()) p = WriteBase64(Put(Room(p, 64), ",\"unknown\":"), record.unknown);
      p = Put(Room(p, 64), "}\n");
    }
    Finish(p);
    return utf8_;
  }

  void WriteKey(const Key& key) { Finish(WriteKey(begin(), key)); }

 private:
  // Any value that has no text of its own and no parts, and texts that are short.
  static constexpr size_t kScalarRoom = 256;
  static constexpr size_t kPiece = 4096;  // of a long text: its worst case must not be reserved at once

  char* WriteKey(char* p, const Key& key) {
    p = Room(p, 64);
    if (!options_.full_keys && key.database.empty() && key.ns.empty()) [[likely]] {
      p = Put(p, R"({"database":"","namespace":"","path":[)");
    } else {
      p = WriteKeyHead(p, key);
    }
    for (uint32_t i = 0; i < key.size; ++i) {
      p = Room(p, 64);
      if (i != 0) *p++ = ',';
      p = WriteElement(p, key.path[i]);
    }
    return Put(Room(p, 64), "]}");
  }

  char* WriteKeyHead(char* p, const Key& key) {
    if (options_.full_keys) {
      p = WriteText(Put(p, "{\"app\":"), key.app);
      p = Put(Room(p, 64), ",\"database\":");
    } else {
      p = Put(p, "{\"database\":");
    }
    p = WriteText(p, key.database);
    p = WriteText(Put(Room(p, 64), ",\"namespace\":"), key.ns);
    return Put(Room(p, 64), ",\"path\":[");
  }

  char* WriteElement(char* p, const PathElement& element) {
    *p++ = '[';
    p = Room(WriteText(p, element.kind), 64);
    *p++ = ',';
    switch (element.id) {
      case PathElement::Id::kNumber:
        p = WriteInt(p, element.number);
        break;
      case PathElement::Id::kName:
        p = WriteText(p, element.name);
        break;
      case PathElement::Id::kIncomplete:
        p = Put(p, "null");
        break;
    }
    p = Room(p, 64);
    *p++ = ']';
    return p;
  }

  // A JSON string of text known to be UTF-8.
  char* WriteText(char* p, std::string_view text) {
    bool high = false;
    return WriteQuoted(p, text, &high);
  }

  char* WriteQuoted(char* p, std::string_view text, bool* high) {
    if (text.size() <= kShortText) [[likely]] {
      p = Room(p, kShortText + 2);
      if (text.empty()) return Put(p, "\"\"");  // may have no address
      *p++ = '"';
      if (char* const end = WriteShort(p, text)) {
        *end = '"';
        return end + 1;
      }
      --p;
    }
    return WriteLong(p, text, high);
  }

  __attribute__((noinline)) char* WriteLong(char* p, std::string_view text, bool* high) {
    p = Room(p, JsonStringRoom(std::min(text.size(), kPiece)));
    *p++ = '"';
    while (text.size() > kPiece) {
      p = WriteEscaped(p, text.substr(0, kPiece), high);
      text.remove_prefix(kPiece);
      p = Room(p, JsonStringRoom(std::min(text.size(), kPiece)));
    }
    p = WriteEscaped(p, text, high);
    *p++ = '"';
    return p;
  }

  char* WriteBase64(char* p, std::string_view bytes) {
    p = Room(p, Base64Size(bytes.size()) + 64);
    *p++ = '"';
    p = Base64To(p, bytes.data(), bytes.size());
    *p++ = '"';
    return p;
  }

  char* WriteFields(char* p, const Map& map) {
    p = Room(p, 64);
    *p++ = '{';
    const ShapeTexts::Text* const texts = texts_->Of(map);
    p = texts != nullptr ? WriteShaped(p, map, texts) : WriteOthers(p, map);
    p -= map.size != 0;
    *p++ = '}';
    return p;
  }

  char* WriteOthers(char* p, const Map& map) {
    for (uint32_t i = 0; i < map.size; ++i) {
      const Field& field = map.fields[map.sorted[i]];
      p = Put(Room(WriteText(p, field.name), 64 + kScalarRoom), ":{");
      p = Put(WriteContents(p, field.value), "},");
    }
    return p;
  }

  char* WriteShaped(char* p, const Map& map, const ShapeTexts::Text* texts) {
    const uint32_t* const sorted = map.sorted;
    for (uint32_t i = 0; i < map.size; ++i) {
      const Field& field = map.fields[sorted[i]];
      const ShapeTexts::Text& text = texts[sorted[i]];
      p = Room(p, 64 + kScalarRoom);
      if (text.size != ShapeTexts::Text::kTooLong) [[likely]] {
        p = text.WriteTo(p);
      } else {
        p = Put(Room(WriteText(p, field.name), 64 + kScalarRoom), ":{");
      }
      p = Put(WriteContents(p, field.value), "},");
    }
    return p;
  }

  // The members of a value's object. Nearly all values carry nothing beside themselves: theirs is the short way. Needs
  // kScalarRoom at `p`, and leaves 16 bytes of room behind.
  inline __attribute__((always_inline)) char* WriteContents(char* p, const Value& value) {
    if (HeadOf(value) != kPlainHeads[static_cast<uint32_t>(value.type)]) [[unlikely]]
      return WriteMarked(p, value);
    switch (value.type) {
      case Type::kString:
        return WriteString(p, value.text());
      case Type::kInt:
        return Put(WriteInt(Put(p, "\"integerValue\":\""), value.integer), "\"");
      case Type::kDouble:
        return WriteNumber(Put(p, "\"doubleValue\":"), value.number);
      case Type::kTimestamp:
        return WriteTime(p, value.integer);
      default:
        return Room(WriteMember(p, value), 64);
    }
  }

  // Members of an object are sorted by name: "indexed" and "meaning" stand before or after the value's by its name.
  __attribute__((noinline)) char* WriteMarked(char* p, const Value& value) {
    p = Room(p, 64 + kScalarRoom);
    if (value.indexed && !SortsBeforeIndexed(value.type)) p = Put(p, "\"indexed\":true,");
    if (!SortsBeforeMeaning(value.type)) p = WriteMeaning(p, value, "", ",");
    p = Room(WriteMember(p, value), 128);
    if (value.indexed && SortsBeforeIndexed(value.type)) p = Put(p, ",\"indexed\":true");
    if (SortsBeforeMeaning(value.type)) p = WriteMeaning(p, value, ",", "");
    return p;
  }

  char* WriteMeaning(char* p, const Value& value, std::string_view before, std::string_view after) {
    if (value.meaning == ImpliedMeaning(value)) return p;
    p = Put(Put(p, before), "\"meaning\":");
    return Put(WriteInt(p, value.meaning), after);
  }

  static bool SortsBeforeIndexed(Type type) {
    switch (type) {
      case Type::kArray:
      case Type::kBool:
      case Type::kBytes:
      case Type::kDate:
      case Type::kDecimal:
      case Type::kDouble:
      case Type::kGeoPoint:
        return true;
      default:
        return false;
    }
  }
  static bool SortsBeforeMeaning(Type type) {
    return SortsBeforeIndexed(type) || type == Type::kInt || type == Type::kMap;
  }

  __attribute__((noinline)) char* WriteMember(char* p, const Value& value) {
    switch (value.type) {
      case Type::kNull:
        return Put(p, "\"nullValue\":null");
      case Type::kBool:
        return value.boolean ? Put(p, "\"booleanValue\":true") : Put(p, "\"booleanValue\":false");
      case Type::kInt:
        return Put(WriteInt(Put(p, "\"integerValue\":\""), value.integer), "\"");
      case Type::kDouble:
        return WriteNumber(Put(p, "\"doubleValue\":"), value.number);
      case Type::kTimestamp:
        return WriteTime(p, value.integer);
      case Type::kString:
        return WriteString(p, value.text());
      case Type::kBytes:
        return WriteBase64(Put(p, "\"bytesValue\":"), value.text());
      case Type::kReference:
        return WriteKey(Put(p, "\"referenceValue\":"), *value.reference);
      case Type::kGeoPoint:
        p = WriteNumber(Put(p, "\"geoPointValue\":{\"latitude\":"), value.point->latitude);
        p = WriteNumber(Put(p, ",\"longitude\":"), value.point->longitude);
        *p++ = '}';
        return p;
      case Type::kArray:
        return WriteArray(p, value);
      case Type::kMap:
        return WriteMap(p, *value.map);
      case Type::kUser:
        return WriteUser(p, *value.user);
      case Type::kDecimal:
        return WriteText(Put(p, "\"decimalValue\":"), value.text());
      case Type::kDate:
        return WriteText(Put(p, "\"dateValue\":"), value.text());
      case Type::kTime:
        return WriteText(Put(p, "\"timeValue\":"), value.text());
      case Type::kUuid:
        return WriteText(Put(p, "\"uuidValue\":"), value.text());
    }
    return p;
  }

  inline __attribute__((always_inline)) char* WriteString(char* p, std::string_view text) {
    if (text.size() <= kShortText) [[likely]] {
      char* const start = Put(p, "\"stringValue\":\"");
      if (text.empty()) return Put(start, "\"");  // may have no address
      if (char* const end = WriteShort(start, text)) return Put(end, "\"");
    }
    return WriteLongString(p, text);
  }

  __attribute__((noinline)) char* WriteLongString(char* p, std::string_view text) {
    bool high = false;
    const size_t start = OffsetOf(p);
    p = WriteLong(Put(p, "\"stringValue\":"), text, &high);
    if (high && !IsUtf8(text)) [[unlikely]] {
      utf8_ = false;
      p = WriteBase64(Put(At(start), "\"stringBytes\":"), text);
    }
    return Room(p, 64);
  }

  char* WriteNumber(char* p, double number) {
    return doubles_ != nullptr && std::isfinite(number) ? doubles_->Write(p, number) : WriteDouble(p, number);
  }

  char* WriteTime(char* p, Micros time) {
    if (IsRfc3339(time)) [[likely]] {
      p = WriteTimestamp(Put(p, "\"timestampValue\":\""), time);
    } else {
      p = WriteInt(Put(p, "\"timestampMicros\":\""), time);
    }
    *p++ = '"';
    return p;
  }

  char* WriteArray(char* p, const Value& value) {
    p = Put(p, "\"arrayValue\":{\"values\":[");
    for (uint32_t i = 0; i < value.size; ++i) {
      p = Room(p, 64 + kScalarRoom);
      *p++ = '{';
      p = Put(WriteContents(p, value.items[i]), "},");
    }
    p -= value.size != 0;
    return Put(Room(p, 64), "]}");
  }

  char* WriteMap(char* p, const Map& map) {
    p = WriteFields(Put(p, "\"mapValue\":{\"fields\":"), map);
    if (map.key != nullptr) p = WriteKey(Put(Room(p, 64), ",\"key\":"), *map.key);
    p = Room(p, 64);
    *p++ = '}';
    return p;
  }

  char* WriteUser(char* p, const User& user) {
    const auto member = [&](std::string_view name, std::string_view text) {
      if (text.data() == nullptr) return;
      p = WriteText(Put(Room(p, 64), name), text);
      *p++ = ',';
    };
    p = Put(p, "\"userValue\":{");
    member("\"auth_domain\":", user.auth_domain);
    member("\"email\":", user.email);
    member("\"federated_identity\":", user.federated_identity);
    member("\"federated_provider\":", user.federated_provider);
    if (user.has_gaiaid) p = Put(WriteInt(Put(Room(p, 64), "\"gaiaid\":\""), user.gaiaid), "\",");
    member("\"nickname\":", user.nickname);
    member("\"user_id\":", user.user_id);
    p = Room(p, 64);
    p -= p[-1] == ',';
    *p++ = '}';
    return p;
  }

  const EncodeOptions& options_;
  ShapeTexts* const texts_;
  DoubleTexts* const doubles_;
  bool utf8_ = true;
};

}  // namespace

absl::Status TypedEncoder::Append(const Record& record, ByteBuffer* out, Hash128* hash) {
  const size_t begin = out->size();
  AppendLine(record, out);
  *hash = options_.full_keys ? HashWithoutApps(record) : HashLine(out->view().substr(begin, out->size() - begin - 1));
  return absl::OkStatus();
}

Hash128 TypedEncoder::HashWithoutApps(const Record& record) {
  const EncodeOptions options;
  scratch_.clear();
  LineWriter(options, &texts_, doubles_, &scratch_).WriteRecord(record);
  return HashLine(scratch_.view().substr(0, scratch_.size() - 1));
}

bool TypedEncoder::AppendLine(const Record& record, ByteBuffer* out) {
  return LineWriter(options_, &texts_, doubles_, out).WriteRecord(record);
}

void TypedEncoder::AppendKey(const Key& key, ByteBuffer* out) {
  LineWriter(options_, &texts_, doubles_, out).WriteKey(key);
}

}  // namespace datahaul

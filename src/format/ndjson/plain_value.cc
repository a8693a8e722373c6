#include "format/ndjson/plain_value.h"

#include <cmath>
#include <cstddef>

#include "base/text.h"
#include "base/utf8.h"
#include "format/ndjson/json_text.h"
#include "format/ndjson/key_path.h"

namespace datahaul {
namespace {

constexpr std::string_view kKeyName = "__key__";
constexpr size_t kNumberRoom = 32;
constexpr size_t kPiece = 4096;  // of a long text: its worst case must not be reserved at once

}  // namespace

bool CollidesWithKey(std::string_view name) {
  return name.starts_with(kKeyName) && name.find_first_not_of('_', kKeyName.size()) == std::string_view::npos;
}

void PlainValueWriter::AddCounters(Counters* counters) const {
  const auto add = [&](const char* name, uint64_t count) {
    if (count != 0) counters->named[name] += count;
  };
  add("non_finite", non_finite_);
  add("invalid_utf8", invalid_utf8_);
  add("timestamps_out_of_range", timestamps_out_of_range_);
  add("renamed_key_properties", renamed_key_properties_);
}

void PlainValueWriter::PutKey(const Key& key) {
  out_->Append("{");
  if (!key.database.empty()) {
    out_->Append("\"database\":");
    PutString(key.database);
    out_->Append(",");
  }
  out_->Append("\"namespace\":");
  PutString(key.ns);
  out_->Append(",\"kind\":");
  PutString(key.kind());
  if (key.size > 0 && key.path[key.size - 1].id == PathElement::Id::kNumber) {
    out_->Append(",\"id\":");
    PutInt(key.path[key.size - 1].number);
  } else if (key.size > 0 && key.path[key.size - 1].id == PathElement::Id::kName) {
    out_->Append(",\"name\":");
    PutString(key.path[key.size - 1].name);
  }
  out_->Append(",\"path\":\"");
  AppendKeyPath(key, out_);
  out_->Append("\"}");
}

void PlainValueWriter::PutFields(const Map& map, bool first) {
  for (uint32_t i = 0; i < map.size; ++i) {
    if (!first) out_->Append(",");
    first = false;
    PutFieldName(map.fields[i].name);
    PutValue(map.fields[i].value);
  }
}

void PlainValueWriter::PutFieldName(std::string_view name) {
  bool high = false;
  PutQuoted(name, &high);
  if (CollidesWithKey(name)) {
    ++renamed_key_properties_;
    out_->resize(out_->size() - 1);
    out_->Append("_\"");
  }
  out_->Append(":");
}

void PlainValueWriter::PutValue(const Value& value) {
  switch (value.type) {
    case Type::kNull:
      return out_->Append("null");
    case Type::kBool:
      return out_->Append(value.boolean ? std::string_view("true") : "false");
    case Type::kInt:
      return PutInt(value.integer);
    case Type::kDouble:
      return PutDouble(value.number);
    case Type::kTimestamp:
      return PutTimestamp(value.integer);
    case Type::kString:
    case Type::kDecimal:
    case Type::kDate:
    case Type::kTime:
    case Type::kUuid:
      return PutString(value.text());
    case Type::kBytes:
      return PutBase64(value.text());
    case Type::kReference:
      return PutReference(*value.reference);
    case Type::kGeoPoint:
      return PutGeoPoint(*value.point);
    case Type::kArray:
      return PutArray(value);
    case Type::kMap:
      return PutMap(*value.map);
    case Type::kUser:
      return PutUser(*value.user);
  }
}

void PlainValueWriter::PutArray(const Value& value) {
  out_->Append("[");
  for (uint32_t i = 0; i < value.size; ++i) {
    if (i != 0) out_->Append(",");
    PutValue(value.items[i]);
  }
  out_->Append("]");
}

void PlainValueWriter::PutMap(const Map& map) {
  out_->Append("{");
  if (map.key != nullptr) {
    out_->Append("\"__key__\":");
    PutKey(*map.key);
  }
  PutFields(map, map.key == nullptr);
  out_->Append("}");
}

void PlainValueWriter::PutGeoPoint(const GeoPoint& point) {
  out_->Append("{\"latitude\":");
  PutDouble(point.latitude);
  out_->Append(",\"longitude\":");
  PutDouble(point.longitude);
  out_->Append("}");
}

void PlainValueWriter::PutUser(const User& user) {
  bool first = true;
  out_->Append("{");
  PutUserMember("email", user.email, &first);
  PutUserMember("auth_domain", user.auth_domain, &first);
  PutUserMember("nickname", user.nickname, &first);
  PutUserMember("user_id", user.user_id, &first);
  PutUserMember("federated_identity", user.federated_identity, &first);
  PutUserMember("federated_provider", user.federated_provider, &first);
  if (user.has_gaiaid) {
    out_->Append(first ? std::string_view("\"gaiaid\":") : ",\"gaiaid\":");
    PutInt(user.gaiaid);
  }
  out_->Append("}");
}

void PlainValueWriter::PutUserMember(std::string_view name, std::string_view text, bool* first) {
  if (text.data() == nullptr) return;
  out_->Append(*first ? std::string_view("\"") : ",\"");
  *first = false;
  out_->Append(name);
  out_->Append("\":");
  PutString(text);
}

void PlainValueWriter::PutReference(const Key& key) {
  out_->Append("\"");
  AppendReferencePath(key, out_);
  out_->Append("\"");
}

void PlainValueWriter::PutTimestamp(Micros time) {
  out_->Reserve(kNumberRoom);
  char* p = out_->end();
  *p++ = '"';
  if (IsRfc3339(time)) {
    p = WriteTimestamp(p, time);
  } else {
    ++timestamps_out_of_range_;
    p = WriteInt(p, time);
  }
  *p++ = '"';
  out_->Advance(static_cast<size_t>(p - out_->end()));
}

void PlainValueWriter::PutDouble(double number) {
  if (!std::isfinite(number)) {
    ++non_finite_;
    return out_->Append("null");
  }
  out_->Reserve(kNumberRoom);
  out_->Advance(static_cast<size_t>(WriteFiniteDouble(out_->end(), number) - out_->end()));
}

void PlainValueWriter::PutInt(int64_t number) {
  out_->Reserve(kNumberRoom);
  out_->Advance(static_cast<size_t>(WriteInt(out_->end(), number) - out_->end()));
}

void PlainValueWriter::PutString(std::string_view text) {
  const size_t begin = out_->size();
  bool high = false;
  PutQuoted(text, &high);
  if (!high || IsUtf8(text)) return;
  ++invalid_utf8_;
  out_->resize(begin);
  PutBase64(text);
}

void PlainValueWriter::PutBase64(std::string_view bytes) {
  out_->Reserve(Base64Size(bytes.size()) + 2);
  char* p = out_->end();
  *p++ = '"';
  p = Base64To(p, bytes.data(), bytes.size());
  *p++ = '"';
  out_->Advance(static_cast<size_t>(p - out_->end()));
}

void PlainValueWriter::PutQuoted(std::string_view text, bool* high) {
  out_->Append("\"");
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kPiece);
    out_->Reserve(JsonStringRoom(piece.size()));
    out_->Advance(static_cast<size_t>(WriteEscaped(out_->end(), piece, high) - out_->end()));
    text.remove_prefix(piece.size());
  }
  out_->Append("\"");
}

}  // namespace datahaul

#include "format/ndjson/plain_encoder.h"

#include <cmath>

#include "base/text.h"
#include "base/utf8.h"
#include "format/ndjson/json_text.h"
#include "format/ndjson/key_path.h"

namespace datahaul {
namespace {

constexpr std::string_view kKeyName = "__key__";
constexpr size_t kNumberRoom = 32;
constexpr size_t kPiece = 4096;  // of a long text: its worst case must not be reserved at once

// A property that would be taken for the key: __key__, or what one becomes when renamed.
bool CollidesWithKey(std::string_view name) {
  return name.starts_with(kKeyName) && name.find_first_not_of('_', kKeyName.size()) == std::string_view::npos;
}

}  // namespace

absl::Status PlainEncoder::Append(const Record& record, ByteBuffer* out, Hash128* hash) {
  *hash = hasher_.HashRecord(record);
  out_ = out;
  out_->Append("{\"__key__\":");
  AppendKey(*record.key);
  if (record.op == Op::kDelete) {
    out_->Append(",\"__deleted__\":true");
  } else {
    AppendFields(record.properties, false);
  }
  out_->Append("}\n");
  if (!record.unknown.empty()) ++not_expressible_;
  return absl::OkStatus();
}

void PlainEncoder::AddCounters(Counters* counters) const {
  const auto add = [&](const char* name, uint64_t count) {
    if (count != 0) counters->named[name] += count;
  };
  add("non_finite", non_finite_);
  add("invalid_utf8", invalid_utf8_);
  add("timestamps_out_of_range", timestamps_out_of_range_);
  add("renamed_key_properties", renamed_key_properties_);
  add("not_expressible", not_expressible_);
}

void PlainEncoder::AppendKey(const Key& key) {
  out_->Append("{");
  if (!key.database.empty()) {
    out_->Append("\"database\":");
    AppendString(key.database);
    out_->Append(",");
  }
  out_->Append("\"namespace\":");
  AppendString(key.ns);
  out_->Append(",\"kind\":");
  AppendString(key.kind());
  if (key.size > 0 && key.path[key.size - 1].id == PathElement::Id::kNumber) {
    out_->Append(",\"id\":");
    AppendInt(key.path[key.size - 1].number);
  } else if (key.size > 0 && key.path[key.size - 1].id == PathElement::Id::kName) {
    out_->Append(",\"name\":");
    AppendString(key.path[key.size - 1].name);
  }
  out_->Append(",\"path\":\"");
  AppendKeyPath(key, out_);
  out_->Append("\"}");
}

void PlainEncoder::AppendFields(const Map& map, bool first) {
  for (uint32_t i = 0; i < map.size; ++i) {
    if (!first) out_->Append(",");
    first = false;
    AppendFieldName(map.fields[i].name);
    AppendValue(map.fields[i].value);
  }
}

void PlainEncoder::AppendFieldName(std::string_view name) {
  bool high = false;
  AppendQuoted(name, &high);
  if (CollidesWithKey(name)) {
    ++renamed_key_properties_;
    out_->resize(out_->size() - 1);
    out_->Append("_\"");
  }
  out_->Append(":");
}

void PlainEncoder::AppendValue(const Value& value) {
  switch (value.type) {
    case Type::kNull:
      return out_->Append("null");
    case Type::kBool:
      return out_->Append(value.boolean ? std::string_view("true") : "false");
    case Type::kInt:
      return AppendInt(value.integer);
    case Type::kDouble:
      return AppendDouble(value.number);
    case Type::kTimestamp:
      return AppendTimestamp(value.integer);
    case Type::kString:
    case Type::kDecimal:
    case Type::kDate:
    case Type::kTime:
    case Type::kUuid:
      return AppendString(value.text());
    case Type::kBytes:
      return AppendBase64(value.text());
    case Type::kReference:
      return AppendReference(*value.reference);
    case Type::kGeoPoint:
      return AppendGeoPoint(*value.point);
    case Type::kArray:
      return AppendArray(value);
    case Type::kMap:
      return AppendMap(*value.map);
    case Type::kUser:
      return AppendUser(*value.user);
  }
}

void PlainEncoder::AppendArray(const Value& value) {
  out_->Append("[");
  for (uint32_t i = 0; i < value.size; ++i) {
    if (i != 0) out_->Append(",");
    AppendValue(value.items[i]);
  }
  out_->Append("]");
}

void PlainEncoder::AppendMap(const Map& map) {
  out_->Append("{");
  if (map.key != nullptr) {
    out_->Append("\"__key__\":");
    AppendKey(*map.key);
  }
  AppendFields(map, map.key == nullptr);
  out_->Append("}");
}

void PlainEncoder::AppendGeoPoint(const GeoPoint& point) {
  out_->Append("{\"latitude\":");
  AppendDouble(point.latitude);
  out_->Append(",\"longitude\":");
  AppendDouble(point.longitude);
  out_->Append("}");
}

void PlainEncoder::AppendUser(const User& user) {
  bool first = true;
  out_->Append("{");
  AppendUserMember("email", user.email, &first);
  AppendUserMember("auth_domain", user.auth_domain, &first);
  AppendUserMember("nickname", user.nickname, &first);
  AppendUserMember("user_id", user.user_id, &first);
  AppendUserMember("federated_identity", user.federated_identity, &first);
  AppendUserMember("federated_provider", user.federated_provider, &first);
  if (user.has_gaiaid) {
    out_->Append(first ? std::string_view("\"gaiaid\":") : ",\"gaiaid\":");
    AppendInt(user.gaiaid);
  }
  out_->Append("}");
}

void PlainEncoder::AppendUserMember(std::string_view name, std::string_view text, bool* first) {
  if (text.data() == nullptr) return;
  out_->Append(*first ? std::string_view("\"") : ",\"");
  *first = false;
  out_->Append(name);
  out_->Append("\":");
  AppendString(text);
}

void PlainEncoder::AppendReference(const Key& key) {
  out_->Append("\"");
  AppendReferencePath(key, out_);
  out_->Append("\"");
}

void PlainEncoder::AppendTimestamp(Micros time) {
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

void PlainEncoder::AppendDouble(double number) {
  if (!std::isfinite(number)) {
    ++non_finite_;
    return out_->Append("null");
  }
  out_->Reserve(kNumberRoom);
  out_->Advance(static_cast<size_t>(WriteFiniteDouble(out_->end(), number) - out_->end()));
}

void PlainEncoder::AppendInt(int64_t number) {
  out_->Reserve(kNumberRoom);
  out_->Advance(static_cast<size_t>(WriteInt(out_->end(), number) - out_->end()));
}

void PlainEncoder::AppendString(std::string_view text) {
  const size_t begin = out_->size();
  bool high = false;
  AppendQuoted(text, &high);
  if (!high || IsUtf8(text)) return;
  ++invalid_utf8_;
  out_->resize(begin);
  AppendBase64(text);
}

void PlainEncoder::AppendBase64(std::string_view bytes) {
  out_->Reserve(Base64Size(bytes.size()) + 2);
  char* p = out_->end();
  *p++ = '"';
  p = Base64To(p, bytes.data(), bytes.size());
  *p++ = '"';
  out_->Advance(static_cast<size_t>(p - out_->end()));
}

void PlainEncoder::AppendQuoted(std::string_view text, bool* high) {
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

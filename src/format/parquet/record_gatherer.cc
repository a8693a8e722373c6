#include "format/parquet/record_gatherer.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "format/ndjson/key_path.h"

namespace datahaul {
namespace {

// A long run of bytes below 0x80 is UTF-8 without a closer look.
bool IsAscii(std::string_view text) {
  constexpr uint64_t kHigh = 0x8080808080808080;
  uint64_t any = 0;
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= text.size(); i += sizeof(uint64_t)) any |= LoadLE<uint64_t>(text.data() + i);
  for (; i < text.size(); ++i) any |= static_cast<unsigned char>(text[i]);
  return (any & kHigh) == 0;
}

// Of the columns from `begin` on, which are in the order of their fields' names, the one for `field`; null if none is.
// Fields come in the same order, so that it is mostly the first.
ColumnStore* FindColumn(ColumnStore* begin, ColumnStore* end, std::string_view field) {
  constexpr int kNear = 4;
  for (int i = 0; i < kNear && begin != end; ++i, ++begin) {
    if (begin->column().field == field) return begin;
  }
  ColumnStore* const found = std::lower_bound(
      begin, end, field, [](const ColumnStore& store, std::string_view name) { return store.column().field < name; });
  return found != end && found->column().field == field ? found : nullptr;
}

ColumnStore* FirstField(std::vector<ColumnStore>* columns) {
  ColumnStore* first = columns->data();
  ColumnStore* const end = first + columns->size();
  while (first != end && first->column().key) ++first;
  return first;
}

}  // namespace

absl::Status RecordGatherer::Append(const Record& record, uint32_t row, std::vector<ColumnStore>* columns,
                                    size_t* held) {
  held_ = 0;
  losses_.CountRecord(record);
  ColumnStore* next = FirstField(columns);
  for (ColumnStore* key = columns->data(); key != next; ++key) AppendKey(record, row, key);
  ColumnStore* const end = columns->data() + columns->size();
  const Map& map = record.properties;
  if (next != end && HoldsAllProperties(next->column())) {
    if (record.op != Op::kDelete) AppendAll(map, row, next);
    *held += held_;
    return absl::OkStatus();
  }
  for (uint32_t i = 0; i < map.size; ++i) {
    const Field& field = map.fields[map.sorted[i]];
    ColumnStore* const column = FindColumn(next, end, field.name);
    if (column == nullptr) return TableLosses::UnknownField(record, field.name);
    if (!losses_.CountField(column->column(), field.value)) return losses_.Misfit(record, field.name);
    AppendValue(field.value, row, column);
    next = column + 1;
  }
  *held += held_;
  return absl::OkStatus();
}

void RecordGatherer::AddCounters(Counters* counters) const {
  losses_.AddCounters(counters);
  json_.AddCounters(counters);
  if (invalid_utf8_ != 0) counters->named["invalid_utf8"] += invalid_utf8_;
  if (json_values_ != 0) counters->named["json_values"] += json_values_;
}

void RecordGatherer::AppendKey(const Record& record, uint32_t row, ColumnStore* column) {
  const std::string_view name = column->column().name;
  const PathElement& last = record.key->path[record.key->size - 1];
  if (name == kKeyColumn) return AppendReference(*record.key, row, column);
  if (name == kNamespaceColumn) return AppendString(record.key->ns, row, column);
  if (name == kIdColumn && last.id == PathElement::Id::kNumber) return AppendWord(last.number, row, column);
  if (name == kNameColumn && last.id == PathElement::Id::kName) return AppendString(last.name, row, column);
  if (column->column().type == ColumnType::kBool) column->PushBit(row, record.op == Op::kDelete);
}

void RecordGatherer::AppendAll(const Map& properties, uint32_t row, ColumnStore* column) {
  Value object;
  object.type = Type::kMap;
  object.map = &properties;
  json_values_ += properties.size;
  AppendJson(object, row, column);
}

void RecordGatherer::AppendMap(const Map& map, uint32_t slot, ColumnStore* structure) {
  const uint32_t inner = structure->PushStruct(slot);
  std::vector<ColumnStore>& members = structure->children();
  ColumnStore* next = FirstField(&members);
  ColumnStore* const end = members.data() + members.size();
  if (next != members.data() && map.key != nullptr) AppendReference(*map.key, inner, members.data());
  for (uint32_t i = 0; i < map.size; ++i) {
    const Field& field = map.fields[map.sorted[i]];
    ColumnStore* const column = FindColumn(next, end, field.name);
    AppendValue(field.value, inner, column);
    next = column + 1;
  }
}

void RecordGatherer::AppendValue(const Value& value, uint32_t slot, ColumnStore* column) {
  if (value.type == Type::kNull) return;
  switch (column->column().type) {
    case ColumnType::kBool:
      ++held_;
      return column->PushBit(slot, value.boolean);
    case ColumnType::kInt:
    case ColumnType::kTimestamp:
      return AppendWord(value.integer, slot, column);
    case ColumnType::kDouble:
      return AppendWord(value.type == Type::kInt ? static_cast<double>(value.integer) : value.number, slot, column);
    case ColumnType::kString:
    case ColumnType::kDecimal:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kUuid:
      return AppendString(value.text(), slot, column);
    case ColumnType::kBytes:
      return AppendBytes(value.text(), slot, column);
    case ColumnType::kReference:
      return AppendReference(*value.reference, slot, column);
    case ColumnType::kGeoPoint: {
      const uint32_t inner = column->PushStruct(slot);
      AppendWord(value.point->latitude, inner, &column->children()[0]);
      return AppendWord(value.point->longitude, inner, &column->children()[1]);
    }
    case ColumnType::kUser:
      return AppendUser(*value.user, slot, column);
    case ColumnType::kJson:
      return AppendJson(value, slot, column);
    case ColumnType::kList:
      return AppendItems(value, slot, column);
    case ColumnType::kStruct:
      if (!column->column().wrapped) return AppendMap(*value.map, slot, column);
      return AppendItems(value, column->PushStruct(slot), column->children().data());
    case ColumnType::kVariants:
      return AppendVariant(value, slot, column);
  }
}

void RecordGatherer::AppendItems(const Value& value, uint32_t slot, ColumnStore* list) {
  const uint32_t first = list->PushList(slot, value.size);
  held_ += sizeof(uint32_t);
  for (uint32_t i = 0; i < value.size; ++i) AppendValue(value.items[i], first + i, list->children().data());
}

void RecordGatherer::AppendVariant(const Value& value, uint32_t slot, ColumnStore* variants) {
  const uint32_t inner = variants->PushStruct(slot);
  const Column* const column = VariantFor(variants->column(), value.type);
  AppendValue(value, inner, &variants->children()[static_cast<size_t>(column - variants->column().children.data())]);
}

void RecordGatherer::AppendUser(const User& user, uint32_t slot, ColumnStore* column) {
  const uint32_t inner = column->PushStruct(slot);
  ColumnStore* member = column->children().data();
  for (const std::string_view text :
       {user.email, user.auth_domain, user.nickname, user.user_id, user.federated_identity, user.federated_provider}) {
    if (text.data() != nullptr) AppendString(text, inner, member);
    ++member;
  }
  if (user.has_gaiaid) AppendWord(user.gaiaid, inner, member);
}

void RecordGatherer::AppendReference(const Key& key, uint32_t slot, ColumnStore* column) {
  scratch_.clear();
  AppendReferenceText(key, &scratch_);
  AppendString(scratch_.view(), slot, column);
}

void RecordGatherer::AppendJson(const Value& value, uint32_t slot, ColumnStore* column) {
  scratch_.clear();
  json_.AppendValue(value, &scratch_);
  AppendBytes(scratch_.view(), slot, column);
}

void RecordGatherer::AppendString(std::string_view text, uint32_t slot, ColumnStore* column) {
  if (IsAscii(text) || IsUtf8(text)) [[likely]]
    return AppendBytes(text, slot, column);
  ++invalid_utf8_;
  const size_t size = Base64Size(text.size());
  Base64To(reinterpret_cast<char*>(column->ExtendText(slot, size)), text.data(), text.size());
  held_ += size + sizeof(uint32_t);
}

void RecordGatherer::AppendBytes(std::string_view bytes, uint32_t slot, ColumnStore* column) {
  column->PushText(slot, bytes);
  held_ += bytes.size() + sizeof(uint32_t);
}

template <typename T>
void RecordGatherer::AppendWord(T value, uint32_t slot, ColumnStore* column) {
  column->PushWord(slot, value);
  held_ += sizeof value;
}

}  // namespace datahaul

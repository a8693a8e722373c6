#include "format/parquet/record_gatherer.h"

#include "base/text.h"
#include "base/utf8.h"
#include "format/ndjson/key_path.h"

namespace datahaul {
absl::Status RecordGatherer::Append(const Record& record, const KindSchema& kind, uint32_t row,
                                    std::vector<ColumnStore>* columns, size_t* held) {
  held_ = 0;
  losses_.CountRecord(record);
  const std::vector<Column>& all = kind.columns;
  for (uint32_t i = 0; i < all.size() && all[i].key; ++i) AppendKey(record, row, &(*columns)[i]);
  const Map& map = record.properties;
  if (PropertiesColumn(all) != nullptr) {
    if (record.op != Op::kDelete) AppendAll(map, row, &columns->back());
    *held += held_;
    return absl::OkStatus();
  }
  const PairedFields pairs(map, all, &memory_);
  for (uint32_t i = 0; i < map.size; ++i) {
    const Field& field = map.fields[map.sorted[i]];
    if (!losses_.CountField(pairs[i], field)) return losses_.Misfit(record, pairs[i], field);
    AppendValue(field.value, row, &(*columns)[pairs[i].index]);
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
  const PathElement& last = record.key->path[record.key->size - 1];
  switch (KeyPartOf(column->column())) {
    case KeyPart::kReference:
      return AppendReference(*record.key, row, column);
    case KeyPart::kNamespace:
      return AppendString(record.key->ns, row, column);
    case KeyPart::kId:
      if (last.id == PathElement::Id::kNumber) AppendWord(last.number, row, column);
      return;
    case KeyPart::kName:
      if (last.id == PathElement::Id::kName) AppendString(last.name, row, column);
      return;
    case KeyPart::kDeleted:
      return column->PushBit(row, record.op == Op::kDelete);
  }
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
  if (map.key != nullptr) AppendReference(*map.key, inner, members.data());
  const PairedFields pairs(map, structure->column().children, &memory_);
  for (uint32_t i = 0; i < map.size; ++i) {
    AppendValue(map.fields[map.sorted[i]].value, inner, &members[pairs[i].index]);
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
  held_ += sizeof(uint32_t) * (size_t{value.size} + 1);  // elements, null or not, have levels when they are written
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
  AppendBytes(scratch_.view(), slot, column);
}

void RecordGatherer::AppendJson(const Value& value, uint32_t slot, ColumnStore* column) {
  scratch_.clear();
  json_.AppendValue(value, &scratch_);
  AppendBytes(scratch_.view(), slot, column);
}

void RecordGatherer::AppendString(std::string_view text, uint32_t slot, ColumnStore* column) {
  if (hasher_.texts_are_utf8() || IsUtf8(text)) [[likely]]
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

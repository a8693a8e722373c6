#include "format/parquet/cell_reader.h"

#include <bit>

#include <arrow/array/data.h>

#include "base/bytes.h"
#include "base/text.h"
#include "format/columns.h"
#include "format/ndjson/key_path.h"
#include "format/ndjson/printable.h"
#include "format/parquet/column_store.h"

namespace datahaul {
namespace {

bool GetBit(const uint8_t* bits, int64_t i) { return (bits[i / 8] >> (i % 8) & 1) != 0; }

}  // namespace

CellReader::CellReader(const Column* column) : column_(column) {
  for (const Column& member : MembersOf(*column)) children_.emplace_back(&member);
}

void CellReader::Bind(const arrow::ArrayData& array, CellContext* context) {
  const auto bytes_of = [&array](size_t i) -> const uint8_t* {
    return i < array.buffers.size() && array.buffers[i] != nullptr ? array.buffers[i]->data() : nullptr;
  };
  offset_ = array.offset;
  valid_ = bytes_of(0);
  const bool has_ends = column_->type == ColumnType::kList || array.buffers.size() == 3;
  (has_ends ? ends_ : values_) = bytes_of(1);
  if (array.buffers.size() == 3) CopyText(array, context->arena);
  for (size_t i = 0; i < children_.size(); ++i) children_[i].Bind(*array.child_data[i], context);
}

void CellReader::CopyText(const arrow::ArrayData& array, Arena* arena) {
  int32_t end = 0;
  text_begin_ = 0;
  if (array.length != 0) {
    text_begin_ = LoadLE<int32_t>(ends_ + offset_ * 4);
    end = LoadLE<int32_t>(ends_ + (offset_ + array.length) * 4);
  }
  const auto size = static_cast<size_t>(end - text_begin_);
  const char* const data = size == 0 ? "" : reinterpret_cast<const char*>(array.buffers[2]->data()) + text_begin_;
  text_ = arena->CopyString({data, size}).data();
}

bool CellReader::IsNull(int64_t row) const { return valid_ != nullptr && !GetBit(valid_, row + offset_); }

std::string_view CellReader::Text(int64_t row) const { return TextAt(row + offset_); }

bool CellReader::Read(int64_t row, CellContext* context, Value* value) const {
  *value = Value();
  if (IsNull(row)) return true;
  if (!ReadPresent(row + offset_, context, value)) return false;
  // JSON's values are marked when they are read.
  if (column_->type != ColumnType::kJson && column_->type != ColumnType::kVariants) RestoreMarks(*column_, value);
  return true;
}

bool CellReader::ReadPresent(int64_t at, CellContext* context, Value* value) const {
  switch (column_->type) {
    case ColumnType::kBool:
      value->type = Type::kBool;
      value->boolean = GetBit(values_, at);
      return true;
    case ColumnType::kInt:
      value->type = Type::kInt;
      value->integer = WordAt(at);
      return true;
    case ColumnType::kDouble:
      value->type = Type::kDouble;
      value->number = std::bit_cast<double>(WordAt(at));
      return true;
    case ColumnType::kTimestamp:
      value->type = Type::kTimestamp;
      value->integer = WordAt(at);
      return true;
    case ColumnType::kReference:
      return ReadReference(at, context, value);
    case ColumnType::kGeoPoint:
      return ReadGeoPoint(at, context, value);
    case ColumnType::kUser:
      return ReadUser(at, context, value);
    case ColumnType::kJson:
      return ReadJson(at, context, value);
    case ColumnType::kList:
      return ReadItems(at, context, value);
    case ColumnType::kStruct:
      return column_->wrapped ? children_[0].Read(at, context, value) : ReadMap(at, context, value);
    case ColumnType::kVariants:
      return ReadVariant(at, context, value);
    default: {
      const std::string_view text = TextAt(at);
      value->type = ValueType(column_->type);
      value->chars = text.data();
      value->size = static_cast<uint32_t>(text.size());
      return true;
    }
  }
}

bool CellReader::ReadReference(int64_t at, CellContext* context, Value* value) const {
  const std::string_view text = TextAt(at);
  auto* const key = context->arena->New<Key>();
  if (!ParseReferenceText(text, context->arena, key)) {
    context->problem =
        StrCat("expected a reference, as docs/formats/plain_ndjson.md writes it, found \"", Printable(text), '"');
    return false;
  }
  value->type = Type::kReference;
  value->reference = key;
  return true;
}

bool CellReader::ReadJson(int64_t at, CellContext* context, Value* value) const {
  if (context->json.Read(TextAt(at), *column_, context->arena, value)) return true;
  const JsonValueReader::Problem& problem = context->json.problem();
  context->problem = StrCat("expected ", problem.expected, ", found ", problem.found);
  return false;
}

bool CellReader::ReadItems(int64_t at, CellContext* context, Value* value) const {
  const auto begin = LoadLE<int32_t>(ends_ + at * 4), end = LoadLE<int32_t>(ends_ + (at + 1) * 4);
  const auto size = static_cast<uint32_t>(end - begin);
  auto* const items = context->arena->AllocateArray<Value>(size);
  for (uint32_t i = 0; i < size; ++i) {
    if (!children_[0].Read(begin + static_cast<int64_t>(i), context, &items[i])) return false;
  }
  value->type = Type::kArray;
  value->items = items;
  value->size = size;
  return true;
}

bool CellReader::ReadMap(int64_t at, CellContext* context, Value* value) const {
  auto* const map = context->arena->New<Map>();
  const size_t first = context->fields.size();
  for (const CellReader& child : children_) {
    Field field;
    field.name = child.column_->field;
    if (!child.Read(at, context, &field.value)) return false;
    if (field.value.type == Type::kNull) continue;
    if (child.column_->key) {
      map->key = field.value.reference;
    } else {
      context->fields.push_back(field);
    }
  }
  map->size = static_cast<uint32_t>(context->fields.size() - first);
  map->fields = context->arena->CopyArray(context->fields.data() + first, map->size);
  context->fields.resize(first);
  bool unique = true;
  map->sorted = context->order.Sort(map->fields, map->size, context->arena, &unique);
  value->type = Type::kMap;
  value->map = map;
  return true;
}

bool CellReader::ReadVariant(int64_t at, CellContext* context, Value* value) const {
  for (const CellReader& child : children_) {
    if (!child.IsNull(at)) return child.Read(at, context, value);
  }
  return true;
}

bool CellReader::ReadGeoPoint(int64_t at, CellContext* context, Value* value) const {
  auto* const point = context->arena->New<GeoPoint>();
  Value degrees;
  if (!children_[0].Read(at, context, &degrees)) return false;
  point->latitude = degrees.number;
  if (!children_[1].Read(at, context, &degrees)) return false;
  point->longitude = degrees.number;
  value->type = Type::kGeoPoint;
  value->point = point;
  return true;
}

bool CellReader::ReadUser(int64_t at, CellContext* context, Value* value) const {
  auto* const user = context->arena->New<User>();
  const CellReader* member = children_.data();
  for (std::string_view* const text : {&user->email, &user->auth_domain, &user->nickname, &user->user_id,
                                       &user->federated_identity, &user->federated_provider}) {
    if (!member->IsNull(at)) *text = member->Text(at);
    ++member;
  }
  user->has_gaiaid = !member->IsNull(at);
  if (user->has_gaiaid) user->gaiaid = member->WordAt(at + member->offset_);
  value->type = Type::kUser;
  value->user = user;
  return true;
}

int64_t CellReader::WordAt(int64_t at) const { return LoadLE<int64_t>(values_ + at * 8); }

std::string_view CellReader::TextAt(int64_t at) const {
  const auto begin = LoadLE<int32_t>(ends_ + at * 4), end = LoadLE<int32_t>(ends_ + (at + 1) * 4);
  return {text_ + (begin - text_begin_), static_cast<size_t>(end - begin)};
}

}  // namespace datahaul

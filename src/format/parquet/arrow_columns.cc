#include "format/parquet/arrow_columns.h"

#include <cstring>
#include <optional>
#include <utility>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/type.h>

namespace datahaul {
namespace {

std::shared_ptr<arrow::Field> FieldOf(const Column& column) { return arrow::field(column.name, ArrowType(column)); }

std::shared_ptr<arrow::Buffer> ViewOf(const uint8_t* data, size_t size) {
  static constexpr uint8_t kNothing[64] = {};
  return std::make_shared<arrow::Buffer>(data == nullptr ? kNothing : data, static_cast<int64_t>(size));
}

// Bytes of its own, zeroed, as a buffer.
std::shared_ptr<arrow::Buffer> ZeroedBuffer(size_t size) {
  return arrow::Buffer::FromVector(std::vector<uint8_t>(size));
}

// Which of the rows of an array are not null; `rows` may be more than those of a store inside structures.
struct Rows {
  uint32_t size = 0;
  uint32_t present = 0;
  std::shared_ptr<arrow::Buffer> valid;  // null: all of them

  bool IsPresent(uint32_t row) const { return valid == nullptr || (valid->data()[row / 8] >> (row % 8) & 1) != 0; }
};

void SetBit(uint8_t* bits, uint32_t i) { bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | 1u << (i % 8)); }

// The rows of a store whose slots are the present ones of `outer`.
Rows RowsOf(const ColumnStore& store, const Rows& outer) {
  if (store.present() == outer.present) return outer;
  Rows rows{outer.size, store.present(), ZeroedBuffer((outer.size + 7) / 8)};
  uint8_t* const bits = rows.valid->mutable_data();
  const Bitmap& valid = store.valid();
  if (outer.valid == nullptr && valid.size() != 0) {
    std::memcpy(bits, valid.data(), (valid.size() + 7) / 8);
    return rows;
  }
  uint32_t slot = 0;
  for (uint32_t row = 0; row < outer.size && slot < store.slots(); ++row) {
    if (!outer.IsPresent(row)) continue;
    if (valid.size() == 0 || valid.Get(slot)) SetBit(bits, row);
    ++slot;
  }
  return rows;
}

std::shared_ptr<arrow::Buffer> Words(const ColumnStore& store, const Rows& rows) {
  if (rows.valid == nullptr) return ViewOf(store.data().data(), store.data().size());
  std::shared_ptr<arrow::Buffer> spaced = ZeroedBuffer(rows.size * sizeof(uint64_t));
  uint8_t* to = spaced->mutable_data();
  uint32_t next = 0;
  for (uint32_t row = 0; row < rows.size && next < rows.present; ++row, to += sizeof(uint64_t)) {
    if (rows.IsPresent(row)) StoreLE(to, store.data().At<uint64_t>(next++));
  }
  return spaced;
}

std::shared_ptr<arrow::Buffer> Bits(const ColumnStore& store, const Rows& rows) {
  if (rows.valid == nullptr) return ViewOf(store.bits().data(), (rows.size + 7) / 8);
  std::shared_ptr<arrow::Buffer> spaced = ZeroedBuffer((rows.size + 7) / 8);
  uint32_t next = 0;
  for (uint32_t row = 0; row < rows.size && next < rows.present; ++row) {
    if (rows.IsPresent(row) && store.bits().Get(next++)) SetBit(spaced->mutable_data(), row);
  }
  return spaced;
}

// Arrow's offsets: where each row's text or list begins, and the end of the last.
std::shared_ptr<arrow::Buffer> Offsets(const ColumnStore& store, const Rows& rows) {
  if (rows.valid == nullptr && rows.present != 0) return ViewOf(store.ends().data(), store.ends().size());
  std::shared_ptr<arrow::Buffer> spaced = ZeroedBuffer((rows.size + size_t{1}) * sizeof(uint32_t));
  if (rows.present == 0) return spaced;
  uint8_t* to = spaced->mutable_data();
  uint32_t next = 0;
  for (uint32_t row = 0; row < rows.size; ++row) {
    to += sizeof(uint32_t);
    next += rows.IsPresent(row);
    StoreLE(to, store.ends().At<uint32_t>(next));
  }
  return spaced;
}

std::shared_ptr<arrow::ArrayData> DataOf(const ColumnStore& store, const Rows& outer) {
  const Rows rows = RowsOf(store, outer);
  std::vector<std::shared_ptr<arrow::Buffer>> buffers = {rows.valid};
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  switch (store.form()) {
    case StoreForm::kBits:
      buffers.push_back(Bits(store, rows));
      break;
    case StoreForm::kWords:
      buffers.push_back(Words(store, rows));
      break;
    case StoreForm::kTexts:
      buffers.push_back(Offsets(store, rows));
      buffers.push_back(ViewOf(store.data().data(), store.data().size()));
      break;
    case StoreForm::kLists: {
      buffers.push_back(Offsets(store, rows));
      const auto elements = static_cast<uint32_t>(store.elements());
      children.push_back(DataOf(store.children()[0], Rows{elements, elements, nullptr}));
      break;
    }
    case StoreForm::kStructs:
      for (const ColumnStore& child : store.children()) children.push_back(DataOf(child, rows));
      break;
  }
  return arrow::ArrayData::Make(ArrowType(store.column()), rows.size, std::move(buffers), std::move(children),
                                rows.size - rows.present);
}

}  // namespace

std::shared_ptr<arrow::DataType> ArrowType(const Column& column) {
  switch (column.type) {
    case ColumnType::kBool:
      return arrow::boolean();
    case ColumnType::kInt:
      return arrow::int64();
    case ColumnType::kDouble:
      return arrow::float64();
    case ColumnType::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case ColumnType::kBytes:
      return arrow::binary();
    case ColumnType::kList:
      return arrow::list(arrow::field("element", ArrowType(column.children[0])));
    case ColumnType::kGeoPoint:
    case ColumnType::kUser:
    case ColumnType::kStruct:
    case ColumnType::kVariants: {
      arrow::FieldVector fields;
      for (const Column& member : MembersOf(column)) fields.push_back(FieldOf(member));
      return arrow::struct_(fields);
    }
    default:
      return arrow::utf8();
  }
}

std::shared_ptr<arrow::Schema> ArrowSchema(const std::vector<Column>& columns) {
  arrow::FieldVector fields;
  for (const Column& column : columns) fields.push_back(FieldOf(column));
  return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::Array> ArrowArray(const ColumnStore& store, uint32_t slots) {
  return arrow::MakeArray(DataOf(store, Rows{slots, slots, nullptr}));
}

}  // namespace datahaul

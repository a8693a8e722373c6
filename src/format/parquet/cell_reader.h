// The cells of a column back into values.
#ifndef DATAHAUL_FORMAT_PARQUET_CELL_READER_H_
#define DATAHAUL_FORMAT_PARQUET_CELL_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "format/ndjson/json_value_reader.h"
#include "model/arena.h"
#include "model/field_order.h"
#include "model/schema.h"
#include "model/value.h"

namespace datahaul {

// What reading the cells of all columns shares. Not safe for concurrent use.
struct CellContext {
  Arena* arena = nullptr;
  FieldOrder order;
  JsonValueReader json;
  std::vector<Field> fields;  // a stack, as maps nest
  std::string problem;        // why the last Read was false: expected and found
};

// One column's, or one member's or element's. Not safe for concurrent use.
class CellReader {
 public:
  // `column` must outlive it.
  explicit CellReader(const Column* column);

  const Column& column() const { return *column_; }

  // Reads from `array`, of the column's ArrowType, until the next Bind. It must outlive that, but values do not: their
  // texts are copied to context->arena.
  void Bind(const arrow::ArrayData& array, CellContext* context);

  // The value of row `row`, or null; what it points to is in the arena. False if the text in it does not hold what it
  // should.
  bool Read(int64_t row, CellContext* context, Value* value) const;
  // Text of a row that is not null.
  std::string_view Text(int64_t row) const;
  bool IsNull(int64_t row) const;

 private:
  void CopyText(const arrow::ArrayData& array, Arena* arena);
  bool ReadPresent(int64_t at, CellContext* context, Value* value) const;
  bool ReadReference(int64_t at, CellContext* context, Value* value) const;
  bool ReadJson(int64_t at, CellContext* context, Value* value) const;
  bool ReadItems(int64_t at, CellContext* context, Value* value) const;
  bool ReadMap(int64_t at, CellContext* context, Value* value) const;
  bool ReadVariant(int64_t at, CellContext* context, Value* value) const;
  bool ReadGeoPoint(int64_t at, CellContext* context, Value* value) const;
  bool ReadUser(int64_t at, CellContext* context, Value* value) const;
  int64_t WordAt(int64_t at) const;
  std::string_view TextAt(int64_t at) const;

  const Column* column_;
  // Of the array that is bound; rows begin at offset_ in all of them.
  int64_t offset_ = 0;
  const uint8_t* valid_ = nullptr;   // null: nothing is null
  const uint8_t* values_ = nullptr;  // words or bits
  const uint8_t* ends_ = nullptr;    // int32 offsets of texts and lists
  const char* text_ = nullptr;       // where offset text_begin_ is
  int32_t text_begin_ = 0;
  std::vector<CellReader> children_;
};

}  // namespace datahaul

#endif  // DATAHAUL_FORMAT_PARQUET_CELL_READER_H_

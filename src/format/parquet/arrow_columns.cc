#include "format/parquet/arrow_columns.h"

#include <utility>

#include <arrow/type.h>

namespace datahaul {
namespace {

std::shared_ptr<arrow::Field> FieldOf(const Column& column) { return arrow::field(column.name, ArrowType(column)); }

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

}  // namespace datahaul

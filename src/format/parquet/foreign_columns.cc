#include "format/parquet/foreign_columns.h"

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/type.h>
#include <arrow/util/float16.h>

#include "base/status.h"
#include "base/text.h"
#include "format/parquet/arrow_columns.h"
#include "format/parquet/arrow_status.h"

namespace datahaul {
namespace {

constexpr int64_t kSecond = 1'000'000;  // microseconds

bool IsListType(arrow::Type::type id) {
  return id == arrow::Type::LIST || id == arrow::Type::LARGE_LIST || id == arrow::Type::FIXED_SIZE_LIST ||
         id == arrow::Type::MAP;
}

Column Named(std::string_view name, ColumnType type) {
  Column column;
  column.name = column.field = name;
  column.type = type;
  return column;
}

absl::StatusOr<ColumnType> LeafType(const arrow::DataType& type, std::string_view name) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return ColumnType::kBool;
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
    case arrow::Type::UINT64:
      return ColumnType::kInt;
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return ColumnType::kDouble;
    case arrow::Type::TIMESTAMP:
      return ColumnType::kTimestamp;
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::NA:
      return ColumnType::kString;
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::FIXED_SIZE_BINARY:
      return ColumnType::kBytes;
    case arrow::Type::DATE32:
      return ColumnType::kDate;
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return ColumnType::kTime;
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return ColumnType::kDecimal;
    default:
      return absl::UnimplementedError(StrCat("column \"", name, "\" has Arrow's type ", type.ToString(),
                                             ", which records have no place for; write it as another type"));
  }
}

// The value of row `row` as what ArrowType asks for, by `append`.
template <typename ArrayType, typename Builder, typename Convert>
absl::StatusOr<std::shared_ptr<arrow::ArrayData>> Each(const arrow::ArrayData& data, Builder* builder,
                                                       Convert convert) {
  const ArrayType array(data.Copy());
  const auto append = [&](int64_t row) -> absl::Status {
    if (array.IsNull(row)) return FromArrow(builder->AppendNull(), "converting");
    const auto converted = convert(array, row);
    if (!converted.ok()) return converted.status();
    return FromArrow(builder->Append(*converted), "converting");
  };
  for (int64_t row = 0; row < array.length(); ++row) DH_RETURN_IF_ERROR(append(row));
  std::shared_ptr<arrow::Array> built;
  DH_RETURN_IF_ERROR(FromArrow(builder->Finish(&built), "converting"));
  return built->data();
}

using Result = absl::StatusOr<std::shared_ptr<arrow::ArrayData>>;

template <typename ArrayType>
Result ToInts(const arrow::ArrayData& data) {
  arrow::Int64Builder builder;
  return Each<ArrayType>(data, &builder, [](const ArrayType& array, int64_t row) -> absl::StatusOr<int64_t> {
    const auto value = array.Value(row);
    if (std::in_range<int64_t>(value)) return static_cast<int64_t>(value);
    return DataError(StrCat("expected integers of 64 bits with sign, found ", value));
  });
}

template <typename ArrayType>
Result ToDoubles(const arrow::ArrayData& data) {
  arrow::DoubleBuilder builder;
  return Each<ArrayType>(data, &builder, [](const ArrayType& array, int64_t row) -> absl::StatusOr<double> {
    if constexpr (std::is_same_v<ArrayType, arrow::HalfFloatArray>) {
      return arrow::util::Float16::FromBits(array.Value(row)).ToDouble();
    } else {
      return static_cast<double>(array.Value(row));
    }
  });
}

absl::StatusOr<int64_t> ToMicros(int64_t value, arrow::TimeUnit::type unit) {
  constexpr int64_t kNanosPerMicro = 1000;
  int64_t factor = 1;
  switch (unit) {
    case arrow::TimeUnit::NANO:
      if (value % kNanosPerMicro == 0) return value / kNanosPerMicro;
      return DataError(StrCat("expected times in whole microseconds, found ", value, " nanoseconds; round them first"));
    case arrow::TimeUnit::MICRO:
      return value;
    case arrow::TimeUnit::MILLI:
      factor = kSecond / 1000;
      break;
    case arrow::TimeUnit::SECOND:
      factor = kSecond;
      break;
  }
  int64_t micros = 0;
  if (!__builtin_mul_overflow(value, factor, &micros)) return micros;
  return DataError(StrCat("expected times that fit 64 bits of microseconds, found ", value));
}

Result ToTimestamps(const arrow::ArrayData& data) {
  const arrow::TimeUnit::type unit = static_cast<const arrow::TimestampType&>(*data.type).unit();
  arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::default_memory_pool());
  return Each<arrow::TimestampArray>(data, &builder, [unit](const arrow::TimestampArray& array, int64_t row) {
    return ToMicros(array.Value(row), unit);
  });
}

template <typename ArrayType, typename Builder>
Result ToTexts(const arrow::ArrayData& data) {
  Builder builder;
  return Each<ArrayType>(data, &builder, [](const ArrayType& array, int64_t row) -> absl::StatusOr<std::string> {
    return std::string(array.GetView(row));
  });
}

// Days since 1970 as YYYY-MM-DD, in the proleptic Gregorian calendar (Howard Hinnant's civil_from_days).
std::string DateText(int64_t days) {
  const int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return absl::StrFormat("%04d-%02d-%02d", year_of_era + era * 400 + (month <= 2), month, day);
}

Result ToDates(const arrow::ArrayData& data) {
  arrow::StringBuilder builder;
  return Each<arrow::Date32Array>(data, &builder, [](const arrow::Date32Array& array, int64_t row) {
    return absl::StatusOr<std::string>(DateText(array.Value(row)));
  });
}

template <typename ArrayType>
Result ToTimes(const arrow::ArrayData& data) {
  const arrow::TimeUnit::type unit = static_cast<const arrow::TimeType&>(*data.type).unit();
  arrow::StringBuilder builder;
  return Each<ArrayType>(data, &builder, [unit](const ArrayType& array, int64_t row) -> absl::StatusOr<std::string> {
    DH_ASSIGN_OR_RETURN(const int64_t time, ToMicros(array.Value(row), unit));
    const int64_t seconds = time / kSecond;
    return absl::StrFormat("%02d:%02d:%02d.%06d", seconds / 3600, seconds / 60 % 60, seconds % 60, time % kSecond);
  });
}

template <typename ArrayType>
Result ToDecimals(const arrow::ArrayData& data) {
  arrow::StringBuilder builder;
  return Each<ArrayType>(data, &builder, [](const ArrayType& array, int64_t row) {
    return absl::StatusOr<std::string>(array.FormatValue(row));
  });
}

Result ToNulls(const arrow::ArrayData& data) {
  arrow::StringBuilder builder;
  return Each<arrow::NullArray>(data, &builder,
                                [](const arrow::NullArray&, int64_t) { return absl::StatusOr<std::string>(""); });
}

Result LeafConverted(const std::shared_ptr<arrow::ArrayData>& data) {
  switch (data->type->id()) {
    case arrow::Type::INT8:
      return ToInts<arrow::Int8Array>(*data);
    case arrow::Type::INT16:
      return ToInts<arrow::Int16Array>(*data);
    case arrow::Type::INT32:
      return ToInts<arrow::Int32Array>(*data);
    case arrow::Type::UINT8:
      return ToInts<arrow::UInt8Array>(*data);
    case arrow::Type::UINT16:
      return ToInts<arrow::UInt16Array>(*data);
    case arrow::Type::UINT32:
      return ToInts<arrow::UInt32Array>(*data);
    case arrow::Type::UINT64:
      return ToInts<arrow::UInt64Array>(*data);
    case arrow::Type::HALF_FLOAT:
      return ToDoubles<arrow::HalfFloatArray>(*data);
    case arrow::Type::FLOAT:
      return ToDoubles<arrow::FloatArray>(*data);
    case arrow::Type::TIMESTAMP:
      return ToTimestamps(*data);
    case arrow::Type::LARGE_STRING:
      return ToTexts<arrow::LargeStringArray, arrow::StringBuilder>(*data);
    case arrow::Type::LARGE_BINARY:
      return ToTexts<arrow::LargeBinaryArray, arrow::BinaryBuilder>(*data);
    case arrow::Type::FIXED_SIZE_BINARY:
      return ToTexts<arrow::FixedSizeBinaryArray, arrow::BinaryBuilder>(*data);
    case arrow::Type::DATE32:
      return ToDates(*data);
    case arrow::Type::TIME32:
      return ToTimes<arrow::Time32Array>(*data);
    case arrow::Type::TIME64:
      return ToTimes<arrow::Time64Array>(*data);
    case arrow::Type::DECIMAL32:
      return ToDecimals<arrow::Decimal32Array>(*data);
    case arrow::Type::DECIMAL64:
      return ToDecimals<arrow::Decimal64Array>(*data);
    case arrow::Type::DECIMAL128:
      return ToDecimals<arrow::Decimal128Array>(*data);
    case arrow::Type::DECIMAL256:
      return ToDecimals<arrow::Decimal256Array>(*data);
    case arrow::Type::NA:
      return ToNulls(*data);
    default:  // BOOL, INT64, DOUBLE, STRING, BINARY are there already
      return data;
  }
}

// Each value in its place, without the dictionary that holds it once.
Result WithoutDictionary(const std::shared_ptr<arrow::ArrayData>& data) {
  const arrow::DictionaryArray array(data);
  const arrow::ArrayData& values = *array.dictionary()->data();
  std::unique_ptr<arrow::ArrayBuilder> builder;
  DH_RETURN_IF_ERROR(
      FromArrow(arrow::MakeBuilder(arrow::default_memory_pool(), array.dictionary()->type(), &builder), "converting"));
  const auto append = [&](int64_t row) -> absl::Status {
    if (array.IsNull(row)) return FromArrow(builder->AppendNull(), "converting");
    const int64_t index = array.GetValueIndex(row);
    if (index >= 0 && index < values.length) {
      return FromArrow(builder->AppendArraySlice(values, index, 1), "converting");
    }
    return DataError(StrCat("expected one of ", values.length, " values of the dictionary, found number ", index));
  };
  for (int64_t row = 0; row < array.length(); ++row) DH_RETURN_IF_ERROR(append(row));
  std::shared_ptr<arrow::Array> built;
  DH_RETURN_IF_ERROR(FromArrow(builder->Finish(&built), "converting"));
  return built->data();
}

// A list of whatever layout as one with offsets of 32 bits, whose elements may begin later.
template <typename ArrayType>
Result WithOffsets(const std::shared_ptr<arrow::ArrayData>& data, const Column& column) {
  const ArrayType array(data);
  arrow::TypedBufferBuilder<int32_t> offsets;
  arrow::TypedBufferBuilder<bool> valid;
  const auto append = [&](int64_t at) -> absl::Status {
    if (at > std::numeric_limits<int32_t>::max()) return DataError("expected lists of fewer elements in one batch");
    return FromArrow(offsets.Append(static_cast<int32_t>(at)), "converting");
  };
  int64_t end = array.length() == 0 ? 0 : array.value_offset(0);
  DH_RETURN_IF_ERROR(append(end));
  for (int64_t row = 0; row < array.length(); ++row) {
    end = array.value_offset(row) + array.value_length(row);
    DH_RETURN_IF_ERROR(append(end));
    DH_RETURN_IF_ERROR(FromArrow(valid.Append(array.IsValid(row)), "converting"));
  }
  DH_ASSIGN_OR_RETURN(auto elements, Converted(array.values()->data(), column.children[0]));
  std::shared_ptr<arrow::Buffer> offset_bytes, valid_bits;
  DH_RETURN_IF_ERROR(FromArrow(offsets.Finish(&offset_bytes), "converting"));
  DH_RETURN_IF_ERROR(FromArrow(valid.Finish(&valid_bits), "converting"));
  return arrow::ArrayData::Make(ArrowType(column), array.length(), {valid_bits, offset_bytes}, {std::move(elements)});
}

Result ListConverted(const std::shared_ptr<arrow::ArrayData>& data, const Column& column) {
  switch (data->type->id()) {
    case arrow::Type::LARGE_LIST:
      return WithOffsets<arrow::LargeListArray>(data, column);
    case arrow::Type::FIXED_SIZE_LIST:
      return WithOffsets<arrow::FixedSizeListArray>(data, column);
    case arrow::Type::MAP:
      return WithOffsets<arrow::MapArray>(data, column);
    default:
      return WithOffsets<arrow::ListArray>(data, column);
  }
}

Result StructConverted(const std::shared_ptr<arrow::ArrayData>& data, const Column& column) {
  if (IsListType(data->type->id())) {  // a list in a list
    DH_ASSIGN_OR_RETURN(auto values, ListConverted(data, column.children[0]));
    return arrow::ArrayData::Make(ArrowType(column), data->length, {nullptr}, {std::move(values)});
  }
  std::vector<std::shared_ptr<arrow::ArrayData>> members;
  for (size_t i = 0; i < column.children.size(); ++i) {
    DH_ASSIGN_OR_RETURN(members.emplace_back(), Converted(data->child_data[i], column.children[i]));
  }
  return arrow::ArrayData::Make(ArrowType(column), data->length, {data->buffers[0]}, std::move(members),
                                arrow::kUnknownNullCount, data->offset);
}

absl::StatusOr<Column> ColumnOfType(std::string_view name, const arrow::DataType& type);

absl::StatusOr<Column> ElementOf(const arrow::DataType& type) {
  if (!IsListType(type.id())) return ColumnOfType("", type);
  Column around = Named("", ColumnType::kStruct);
  DH_ASSIGN_OR_RETURN(around.children.emplace_back(), ColumnOfType("values", type));
  return around;
}

absl::StatusOr<Column> ColumnOfType(std::string_view name, const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) {
    return ColumnOfType(name, *static_cast<const arrow::DictionaryType&>(type).value_type());
  }
  if (IsListType(type.id())) {
    Column column = Named(name, ColumnType::kList);
    DH_ASSIGN_OR_RETURN(column.children.emplace_back(), ElementOf(*type.field(0)->type()));
    return column;
  }
  if (type.id() == arrow::Type::STRUCT) {
    Column column = Named(name, ColumnType::kStruct);
    for (const auto& member : type.fields()) {
      DH_ASSIGN_OR_RETURN(column.children.emplace_back(), ColumnOf(*member));
    }
    return column;
  }
  DH_ASSIGN_OR_RETURN(const ColumnType leaf, LeafType(type, name));
  return Named(name, leaf);
}

}  // namespace

absl::StatusOr<Column> ColumnOf(const arrow::Field& field) { return ColumnOfType(field.name(), *field.type()); }

absl::StatusOr<std::shared_ptr<arrow::ArrayData>> Converted(const std::shared_ptr<arrow::ArrayData>& array,
                                                            const Column& column) {
  if (array->type->id() == arrow::Type::DICTIONARY) {
    DH_ASSIGN_OR_RETURN(const auto values, WithoutDictionary(array));
    return Converted(values, column);
  }
  if (column.type == ColumnType::kList) return ListConverted(array, column);
  if (column.type == ColumnType::kStruct) return StructConverted(array, column);
  return LeafConverted(array);
}

}  // namespace datahaul

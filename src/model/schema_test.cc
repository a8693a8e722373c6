#include "model/schema.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace datahaul {
namespace {

Column Of(ColumnType type) {
  Column column;
  column.name = ColumnTypeName(type);
  column.type = type;
  return column;
}

// For each type of column, the types of values in it.
TEST(Takes, TheTypesThatAColumnHolds) {
  const struct {
    ColumnType column;
    Type value;
  } kPairs[] = {
      {ColumnType::kBool, Type::kBool},           {ColumnType::kInt, Type::kInt},
      {ColumnType::kDouble, Type::kDouble},       {ColumnType::kTimestamp, Type::kTimestamp},
      {ColumnType::kString, Type::kString},       {ColumnType::kBytes, Type::kBytes},
      {ColumnType::kReference, Type::kReference}, {ColumnType::kGeoPoint, Type::kGeoPoint},
      {ColumnType::kUser, Type::kUser},           {ColumnType::kDecimal, Type::kDecimal},
      {ColumnType::kDate, Type::kDate},           {ColumnType::kTime, Type::kTime},
      {ColumnType::kUuid, Type::kUuid},           {ColumnType::kList, Type::kArray},
      {ColumnType::kStruct, Type::kMap},
  };
  for (const auto& [column, value] : kPairs) {
    EXPECT_EQ(ValueType(column), value) << ColumnTypeName(column);
    for (int type = 0; type <= static_cast<int>(Type::kUuid); ++type) {
      const bool holds = static_cast<Type>(type) == value || type == static_cast<int>(Type::kNull);
      EXPECT_EQ(Takes(Of(column), static_cast<Type>(type)), holds) << ColumnTypeName(column) << " " << type;
    }
  }
}

TEST(Takes, JsonTextAnything) {
  for (int type = 0; type <= static_cast<int>(Type::kUuid); ++type) {
    EXPECT_TRUE(Takes(Of(ColumnType::kJson), static_cast<Type>(type))) << type;
  }
}

TEST(Takes, WidenedAndWrapped) {
  Column widened = Of(ColumnType::kDouble);
  widened.widened = true;
  EXPECT_TRUE(Takes(widened, Type::kInt));
  EXPECT_TRUE(Takes(widened, Type::kDouble));
  EXPECT_FALSE(Takes(widened, Type::kString));
  Column wrapped = Of(ColumnType::kStruct);
  wrapped.wrapped = true;
  EXPECT_TRUE(Takes(wrapped, Type::kArray));
  EXPECT_FALSE(Takes(wrapped, Type::kMap));
}

TEST(Takes, Variants) {
  Column variants = Of(ColumnType::kVariants);
  variants.children = {Of(ColumnType::kInt), Of(ColumnType::kStruct)};
  EXPECT_EQ(VariantFor(variants, Type::kMap), &variants.children[1]);
  EXPECT_EQ(VariantFor(variants, Type::kString), nullptr);
  EXPECT_TRUE(Takes(variants, Type::kInt));
  EXPECT_FALSE(Takes(variants, Type::kString));
  EXPECT_TRUE(Takes(variants, Type::kNull));
}

TEST(PropertiesColumn, IsTheLastOneAndNoFieldOfThatName) {
  EXPECT_EQ(PropertiesColumn({}), nullptr);
  std::vector<Column> columns = KeyColumns();
  EXPECT_EQ(PropertiesColumn(columns), nullptr);
  Column& last = columns.emplace_back();
  last.name = kPropertiesColumn;
  EXPECT_EQ(PropertiesColumn(columns), &columns.back());
  last.field = kPropertiesColumn;
  EXPECT_EQ(PropertiesColumn(columns), nullptr);
}

}  // namespace
}  // namespace datahaul

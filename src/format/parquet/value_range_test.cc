#include "format/parquet/value_range.h"

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/bytes.h"

namespace datahaul {
namespace {

Column Of(ColumnType type) {
  Column column;
  column.name = column.field = "v";
  column.type = type;
  return column;
}

std::string_view DataOf(const ColumnStore& store) {
  return {reinterpret_cast<const char*>(store.data().data()), store.data().size()};
}

template <typename T>
void ExpectWords(ColumnType type, const std::vector<T>& values, T least, T greatest) {
  const Column column = Of(type);
  ColumnStore store(&column);
  for (uint32_t row = 0; row < values.size(); ++row) store.PushWord(row, values[row]);
  const auto range = RangeOf(store, 0, store.present(), DataOf(store));
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(LoadLE<uint64_t>(range->least.data()), LoadLE<uint64_t>(&least));
  EXPECT_EQ(LoadLE<uint64_t>(range->greatest.data()), LoadLE<uint64_t>(&greatest));
}

std::optional<ValueRange> TextRange(const std::vector<std::string>& texts) {
  const Column column = Of(ColumnType::kString);
  ColumnStore store(&column);
  for (uint32_t row = 0; row < texts.size(); ++row) {
    const std::string text = texts[row] + std::string(kSlack, '\0');
    store.PushText(row, std::string_view(text).substr(0, texts[row].size()));
  }
  return RangeOf(store, 0, store.present(), DataOf(store));
}

TEST(ValueRangeTest, NumbersGoByTheirValue) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();
  ExpectWords<int64_t>(ColumnType::kInt, {5, -7, INT64_MIN, 3}, INT64_MIN, 5);
  ExpectWords<int64_t>(ColumnType::kTimestamp, {INT64_MAX}, INT64_MAX, INT64_MAX);
  ExpectWords<double>(ColumnType::kDouble, {1.5, -2.5}, -2.5, 1.5);
  ExpectWords<double>(ColumnType::kDouble, {0.0}, -0.0, 0.0);
  ExpectWords<double>(ColumnType::kDouble, {-0.0}, -0.0, 0.0);
  ExpectWords<double>(ColumnType::kDouble, {kInfinity}, kInfinity, kInfinity);
  const Column column = Of(ColumnType::kDouble);
  ColumnStore nothing(&column);
  EXPECT_FALSE(RangeOf(nothing, 0, nothing.present(), DataOf(nothing)).has_value());
  nothing.PushWord(0, 1.5);
  nothing.PushWord(1, kNan);
  EXPECT_FALSE(RangeOf(nothing, 0, nothing.present(), DataOf(nothing)).has_value());
}

TEST(ValueRangeTest, TextsGoByTheirBytes) {
  const auto expect = [](const std::vector<std::string>& texts, std::string_view least, std::string_view greatest) {
    const auto range = TextRange(texts);
    ASSERT_TRUE(range.has_value());
    EXPECT_EQ(range->least, least);
    EXPECT_EQ(range->greatest, greatest);
  };
  expect({"b", "a", "\xC3\xA4", "z"}, "a", "\xC3\xA4");
  expect({"", "x"}, "", "x");
  expect({"same prefix b", "same prefix a", "same prefix"}, "same prefix", "same prefix b");
  expect({std::string("a\0", 2), "a", std::string("a\0\0", 3)}, "a", std::string_view("a\0\0", 3));
  EXPECT_FALSE(TextRange({}).has_value());
  EXPECT_FALSE(TextRange({"a", std::string(kLongestInRange + 1, 'b')}).has_value());
  EXPECT_TRUE(TextRange({"a", std::string(kLongestInRange, 'b')}).has_value());
}

TEST(ValueRangeTest, Bits) {
  const Column column = Of(ColumnType::kBool);
  ColumnStore store(&column);
  EXPECT_FALSE(RangeOf(store, 0, 0, {}).has_value());
  for (uint32_t row = 0; row < 20; ++row) store.PushBit(row, true);
  EXPECT_EQ(RangeOf(store, 0, 20, {})->least, "\1");
  store.PushBit(20, false);
  EXPECT_EQ(RangeOf(store, 0, 21, {})->least, std::string(1, '\0'));
  EXPECT_EQ(RangeOf(store, 0, 21, {})->greatest, "\1");
  EXPECT_EQ(RangeOf(store, 3, 17, {})->least, "\1");
  EXPECT_EQ(RangeOf(store, 20, 1, {})->greatest, std::string(1, '\0'));
}

}  // namespace
}  // namespace datahaul
